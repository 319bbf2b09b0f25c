# What all the scripts in this folder share: where the host is, and how a case is told.
package Clients;

use strict;
use warnings;
use Exporter 'import';
use Time::HiRes qw(sleep time);

our @EXPORT = qw(run ending equal wanted until_seen $HOST $PORT $USER $SECRET $CONTEXT $PATIENCE);

our ($HOST, $PORT) = ('127.0.0.1', $ENV{UCX_MANAGER_PORT});
our ($USER, $SECRET) = @ENV{qw(UCX_USER UCX_SECRET)};
our $CONTEXT = 'lib';

# No wait in a case is longer, in seconds.
our $PATIENCE = 20;

my $all_held = 1;
$| = 1;

sub equal {
    my ($found, $expected, $what) = @_;
    $found = 'nothing' unless defined $found;
    die(($what || 'value') . " is '$found', not '$expected'\n") unless $found eq $expected;
    return;
}

sub wanted {
    my ($holds, $what) = @_;
    die "$what\n" unless $holds;
    return $holds;
}

# Looks until it sees something, and answers it.
sub until_seen {
    my ($what, $look) = @_;
    my $end = time + $PATIENCE;
    while (time < $end) {
        my $seen = $look->();
        return $seen if $seen;
        sleep 0.01;
    }
    die "no $what within $PATIENCE s\n";
}

# Runs one case; a reference to a text that it answers is its note.
sub run {
    my ($name, $work) = @_;
    my $note = eval {
        local $SIG{ALRM} = sub { die "it hangs\n" };
        alarm $PATIENCE + 2;
        my $said = $work->();
        alarm 0;
        $said;
    };
    my $error = $@;
    alarm 0;
    if ($error) {
        $all_held = 0;
        $error =~ s/\s+/ /g;
        print "failed $name: $error\n";
    }
    else {
        print ref $note eq 'SCALAR' ? "ok $name: $$note\n" : "ok $name\n";
    }
    return;
}

sub ending {
    print "end of the script\n";
    exit($all_held ? 0 : 1);
}

1;
