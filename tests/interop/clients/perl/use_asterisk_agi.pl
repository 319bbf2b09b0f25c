#!/usr/bin/perl
# Asterisk::AGI: every command it offers. Run by the host, it is the script of a call; run otherwise, it has the host call.

use strict;
use warnings;
use FindBin;
use lib $FindBin::Bin;
use Asterisk::AGI;
use Clients;

if (defined $ENV{AST_AGI_DIR}) {
    script(@ARGV);
}
else {
    caller_of_the_script();
}

sub caller_of_the_script {
    require Telephony::Asterisk::AMI;
    my $told = "$ENV{UCX_SCRATCH}/asterisk-agi.told";
    my $ami = Telephony::Asterisk::AMI->new(Host => $HOST, Port => $PORT, Username => $USER, Secret => $SECRET);
    die $ami->error unless $ami->connect;
    my $answer = $ami->action({
        Action => 'Originate', Channel => "Local/keys\@$CONTEXT", Context => $CONTEXT, Exten => 'script', Priority => 1,
        Async => 'true', CallerID => '"Perl" <4871>', Variable => ["SCRIPT=$FindBin::Bin/use_asterisk_agi.pl", "TOLD=$told", 'COLOUR=green'],
    });
    die $answer->{Message} unless $answer->{Response} eq 'Success';
    my $end = time + 3 * $PATIENCE;
    while (time < $end) {
        if (open my $file, '<', $told) {
            local $/;
            my $text = <$file>;
            if ($text =~ /^end of the script/m) {
                print $text;
                exit($text =~ /^failed /m ? 1 : 0);
            }
        }
        select undef, undef, undef, 0.05;
    }
    die "the script has not ended\n";
}

sub script {
    my ($told, @words) = @_;
    # What the host says and hears goes over the standard streams; the cases are told in a file.
    open my $answers, '>', "$told.part" or die $!;
    my $agi = Asterisk::AGI->new;
    my %env = $agi->ReadParse;
    my $say = select $answers;
    $| = 1;
    my $case = sub {
        my ($name, $work) = @_;
        run($name => $work);
    };

    $case->('environment' => sub {
        equal("$env{context} $env{extension} $env{priority}", "$CONTEXT script 2");
        equal("$env{callerid} $env{calleridname}", '4871 Perl');
        equal("$env{arg_1} $env{arg_2} @words", "$told one one");
        wanted($ENV{AST_AGI_DIR} && $ENV{AST_SPOOL_DIR} && $ENV{AST_CONFIG_DIR}, 'folders are missing');
    });
    $case->('answer' => sub {
        equal($agi->answer, 0);
        equal($agi->channel_status(''), 6);
        equal($agi->channel_status($env{channel}), 6);
    });
    $case->('variables' => sub {
        equal($agi->get_variable('COLOUR'), 'green');
        equal($agi->set_variable('SHAPE', 'a round one'), 1);
        equal($agi->get_variable('SHAPE'), 'a round one');
        equal($agi->get_full_variable('${SHAPE:2:5}'), 'round');
        wanted(!defined $agi->get_variable('NOBODY'), 'a variable of nobody');
    });
    $case->('database' => sub {
        equal($agi->database_put('perl', 'key', 'value'), 1);
        equal($agi->database_get('perl', 'key'), 'value');
        equal($agi->database_del('perl', 'key'), 1);
        equal($agi->database_del('perl', 'key'), 0);
        $agi->database_put('perl', 'tree/leaf', '1');
        equal($agi->database_deltree('perl', 'tree'), 0);
    });
    $case->('digits' => sub {
        equal($agi->wait_for_digit(9000), 53);
        equal($agi->get_data('blip', 9000, 2), 55);
        equal($agi->get_option('blip', '5', 9000), 53);
    });
    $case->('sounds' => sub {
        equal($agi->stream_file('blip'), 0);
        equal($agi->stream_file('tone', '5'), 53);
        equal($agi->stream_file(['blip', 'blip'], '""', 0), 0);
        equal($agi->control_stream_file('blip', '1'), 0);
        equal($agi->record_file('perl', 'wav', '1', 200, 0), 0);
        equal($agi->stream_file('no-such-sound'), -1);
    });
    $case->('say' => sub {
        equal($agi->say_digits('12'), 0);
        equal($agi->say_number('42'), 0);
        equal($agi->say_alpha('ab'), 0);
        equal($agi->say_phonetic('ab'), 0);
        equal($agi->say_date(0), 0);
        equal($agi->say_time(0), 0);
        equal($agi->say_datetime(0, '""', 'BdY', 'UTC'), 0);
        equal($agi->say_digits('1' x 99, '5'), 53);
    });
    $case->('others' => sub {
        equal($agi->verbose('hello there', 3), 1);
        equal($agi->noop('x'), 0);
        equal($agi->set_callerid('4872'), 1);
        equal($agi->get_full_variable('${CALLERID(num)}'), 4872);
        equal($agi->set_autohangup(0), 0);
        equal($agi->set_music('off'), 0);
        equal($agi->send_text('hello there'), 0);
        equal($agi->send_image('picture'), 0);
        equal($agi->tdd_mode('on'), 0);
        equal($agi->set_context($CONTEXT), 0);
        equal($agi->set_extension('dest'), 0);
        equal($agi->set_priority(1), 0);
    });
    $case->('exec' => sub {
        equal($agi->exec('Set', 'SIZE=7'), 0);
        equal($agi->get_variable('SIZE'), 7);
        equal($agi->exec('NoSuchApplication'), -2);
    });
    $case->('errors' => sub {
        wanted(!defined $agi->execute('FLY AWAY'), 'an unknown command is done');
        wanted($agi->_lastresponse =~ /^510 Invalid or unknown command/, $agi->_lastresponse);
    });
    $case->('hangup' => sub {
        my $gone = 0;
        $agi->setcallback(sub { $gone = 1 });
        local $SIG{HUP} = sub { $gone = 1 };
        equal($agi->hangup, 1);
        until_seen('word of the end', sub { $gone || ($agi->noop('') // 0) && 0 });
    });
    print {$answers} "end of the script\n";
    close $answers;
    rename "$told.part", $told;
    exit 0;
}
