# Asterisk::Manager: login by challenge (MD5), actions, and its loop of events; Asterisk::Outgoing: a call file.

use strict;
use warnings;
use FindBin;
use lib $FindBin::Bin;
use Asterisk::Manager;
use Asterisk::Outgoing;
use Clients;

# Two of them: it takes the next message for the response, so who hears events does not ask.
my ($quiet, $heard) = map { login($SECRET) } 1 .. 2;
my $channel;

sub login {
    my ($secret) = @_;
    my $manager = Asterisk::Manager->new;
    $manager->host($HOST);
    $manager->port($PORT);
    $manager->user($USER);
    $manager->secret($secret);
    return $manager->connect ? $manager : undef;
}

# Handles events until one came.
sub event {
    my ($name, %fields) = @_;
    my $seen;
    $heard->setcallback($name => sub {
        my %event = @_;
        $seen = \%event unless grep { !defined $event{$_} || $event{$_} ne $fields{$_} } keys %fields;
    });
    $heard->handleevent until $seen;
    return $seen;
}

run 'login-md5' => sub {
    wanted($quiet && $heard, 'no login');
    equal($quiet->{_PROTOVERS}, '11.0.0');
    wanted(event('FullyBooted'), 'not booted');
    my %answer = $quiet->sendcommand(Action => 'Events', EventMask => 'off');
    until (defined $answer{Events}) { %answer = map { Asterisk::Manager::splitresult($_) } $quiet->read_response }
    equal($answer{Events}, 'Off');
};
run 'wrong-secret' => sub { wanted(!login('wrong'), 'a wrong secret is taken') };
run 'ping' => sub {
    my %answer = $quiet->sendcommand(Action => 'Ping');
    equal($answer{Ping}, 'Pong');
};
run 'command' => sub { wanted($quiet->command('core show channels') =~ /Output: .*active channel/, 'no output') };
run 'originate-answered' => sub {
    my %answer = $quiet->sendcommand(
        Action => 'Originate', Channel => "Local/answer\@$CONTEXT", Context => $CONTEXT, Exten => 'answer', Priority => 1,
        CallerID => '4861', Async => 'true', Variable => 'COLOUR=green');
    equal($answer{Message}, 'Originate successfully queued');
    my $event = event('OriginateResponse', CallerIDNum => '4861');
    equal("$event->{Response} $event->{Reason}", 'Success 4');
    $channel = $event->{Channel};
};
run 'variables' => sub {
    my %answer = $quiet->sendcommand(Action => 'Setvar', Channel => $channel, Variable => 'COLOUR', Value => 'blue');
    equal($answer{Message}, 'Variable Set');
    equal(event('VarSet', Channel => $channel, Variable => 'COLOUR')->{Value}, 'blue');
    %answer = $quiet->sendcommand(Action => 'Getvar', Channel => $channel, Variable => 'COLOUR');
    equal($answer{Value}, 'blue');
};
run 'status' => sub {
    my %answer = $quiet->sendcommand(Action => 'Status', Channel => $channel);
    equal($answer{Message}, 'Channel status will follow');
    my %item = map { Asterisk::Manager::splitresult($_) } $quiet->read_response;
    equal("$item{Event} $item{Channel}", "Status $channel");
    my %end = map { Asterisk::Manager::splitresult($_) } $quiet->read_response;
    equal("$end{Event} $end{Items}", 'StatusComplete 1');
};
run 'redirect' => sub {
    my %answer = $quiet->sendcommand(Action => 'Redirect', Channel => $channel, Context => $CONTEXT, Exten => 'dest', Priority => 1);
    equal($answer{Message}, 'Redirect successful');
    event('VarSet', Channel => $channel, Variable => 'REACHED');
};
run 'hangup' => sub {
    my %answer = $quiet->sendcommand(Action => 'Hangup', Channel => $channel, Cause => 16);
    equal($answer{Message}, 'Channel Hungup');
    equal(event('Hangup', Channel => $channel)->{'Cause-txt'}, 'Normal Clearing');
};
run 'call-file' => sub {
    my $call = Asterisk::Outgoing->new;
    # Where nobody looks yet: a file must be whole before it is found.
    $call->outdir($ENV{UCX_SCRATCH});
    $call->setvariable(Channel => "Local/answer\@$CONTEXT");
    $call->setvariable(Context => $CONTEXT);
    $call->setvariable(Extension => 'dest');
    $call->setvariable(Priority => 1);
    $call->setvariable(CallerID => '4862');
    $call->setvariable(Setvar => 'COLOUR=yellow');
    wanted($call->create_outgoing, 'no file');
    my $name = $call->outtime . '.outgoing';
    my $folder = "$ENV{UCX_STATE}/spool/outgoing";
    wanted(-d $folder, "no folder $folder");
    wanted(rename("$ENV{UCX_SCRATCH}/$name", "$folder/$name"), "the file cannot be moved: $!");
    my $event = event('VarSet', Variable => 'REACHED', CallerIDNum => '4862');
    my %answer = $quiet->sendcommand(Action => 'Getvar', Channel => $event->{Channel}, Variable => 'COLOUR');
    equal($answer{Value}, 'yellow');
    $quiet->sendcommand(Action => 'Hangup', Channel => $event->{Channel});
    until_seen('end of the file', sub { !-e "$folder/$name" });
};
run 'logoff' => sub { wanted($quiet->disconnect, 'no goodbye') };
ending;
