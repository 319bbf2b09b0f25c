# Telephony::Asterisk::AMI: actions, and events while it waits for their responses.

use strict;
use warnings;
use FindBin;
use lib $FindBin::Bin;
use Clients;
use Telephony::Asterisk::AMI;

my @events;
my $channel;
my $ami = Telephony::Asterisk::AMI->new(
    Host => $HOST, Port => $PORT, Username => $USER, Secret => $SECRET,
    Event_Callback => sub { push @events, $_[0] },
);

sub is_it {
    my ($event, $name, %fields) = @_;
    return 0 unless defined $event->{Event} && $event->{Event} eq $name;
    for my $key (keys %fields) {
        return 0 unless defined $event->{$key} && $event->{$key} eq $fields{$key};
    }
    return 1;
}

# Reads on until the event came.
sub event {
    my ($name, %fields) = @_;
    while (1) {
        my ($seen) = grep { is_it($_, $name, %fields) } @events;
        return $seen if $seen;
        my $next = $ami->read_response;
        die "$next->{Message}\n" if defined $next->{Response} && $next->{Response} eq 'Error' && !$next->{Event};
        push @events, $next;
    }
}

sub originate {
    return $ami->action({
        Action => 'Originate', Channel => "Local/answer\@$CONTEXT", Context => $CONTEXT, Exten => 'answer', Priority => 1,
        Async => 'true', @_,
    });
}

run 'login' => sub {
    wanted($ami->connect, 'no connection');
    equal($ami->{protocol}, "11.0.0\r", 'the version');
    event('FullyBooted');
    return \'it keeps the carriage return of the first line';
};
run 'wrong-secret' => sub {
    my $other = Telephony::Asterisk::AMI->new(Host => $HOST, Port => $PORT, Username => $USER, Secret => 'wrong');
    wanted(!$other->connect, 'a wrong secret is taken');
    equal($other->error, 'Login failed: Authentication failed');
};
run 'ping' => sub { equal($ami->action({ Action => 'Ping' })->{Ping}, 'Pong') };
run 'command' => sub {
    my $output = $ami->action({ Action => 'Command', Command => 'core show channels' })->{Output};
    wanted((grep { /active channel/ } @$output), 'no output');
};
run 'originate-answered' => sub {
    # It takes the first message with its number, which is the response.
    my $answer = originate(CallerID => '"Tel" <4851>', Variable => ['COLOUR=green', 'SIZE=7']);
    equal($answer->{Message}, 'Originate successfully queued');
    my $event = event('OriginateResponse', CallerIDNum => '4851');
    equal("$event->{Response} $event->{Reason} $event->{ActionID}", "Success 4 $answer->{ActionID}");
    $channel = $event->{Channel};
};
run 'variables' => sub {
    my $ask = sub { $ami->action({ Action => 'Getvar', Channel => $channel, Variable => 'COLOUR' })->{Value} };
    equal($ask->(), 'green');
    equal($ami->action({ Action => 'Setvar', Channel => $channel, Variable => 'COLOUR', Value => 'a: b' })->{Message}, 'Variable Set');
    event('VarSet', Channel => $channel, Variable => 'COLOUR', Value => 'a: b');
    equal($ask->(), 'a: b');
};
run 'lists' => sub {
    for my $action (qw(CoreShowChannels Status)) {
        equal($ami->action({ Action => $action })->{EventList}, 'start');
        event($action eq 'Status' ? 'Status' : 'CoreShowChannel', Channel => $channel);
        equal(event("${action}Complete")->{EventList}, 'Complete');
    }
};
run 'redirect' => sub {
    my $answer = $ami->action({ Action => 'Redirect', Channel => $channel, Context => $CONTEXT, Exten => 'dest', Priority => 1 });
    equal($answer->{Message}, 'Redirect successful');
    event('VarSet', Channel => $channel, Variable => 'REACHED', Value => 'dest');
};
run 'hangup' => sub {
    equal($ami->action({ Action => 'Hangup', Channel => $channel, Cause => 21 })->{Message}, 'Channel Hungup');
    equal(event('Hangup', Channel => $channel)->{'Cause-txt'}, 'Call Rejected');
    equal($ami->action({ Action => 'Hangup', Channel => $channel })->{Message}, 'No such channel');
};
run 'refused-calls' => sub {
    for my $trial ([busy => 5], [ring => 3]) {
        my ($exten, $reason) = @$trial;
        my $answer = originate(Channel => "Local/$exten\@$CONTEXT", Timeout => 400);
        equal(event('OriginateResponse', ActionID => $answer->{ActionID})->{Reason}, $reason);
    }
};
run 'user-event' => sub {
    equal($ami->action({ Action => 'UserEvent', UserEvent => 'TelLamp', Colour => 'blue' })->{Message}, 'Event Sent');
    equal(event('UserEvent', UserEvent => 'TelLamp')->{Colour}, 'blue');
};
run 'logoff' => sub {
    wanted($ami->disconnect, $ami->error || 'no goodbye');
    equal($ami->action({ Action => 'Ping' })->{Message}, 'Not connected to Asterisk!');
};
run 'comes-back' => sub {
    wanted($ami->connect, 'no second connection');
    equal($ami->action({ Action => 'Ping' })->{Ping}, 'Pong');
};
ending;
