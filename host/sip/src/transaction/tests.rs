//! The transaction machines by their own messages and timers.

use std::net::SocketAddr;
use std::time::Duration;

use bytes::Bytes;

use super::{
    Arrival, RequestOutcome, Responded, ResponseOutcome, TimeoutOutcome, TransactionId, Transactions, Weight,
};
use crate::Method;
use crate::compose::{OutgoingRequest, Reply, ReplyHead};
use crate::config::Timers;
use crate::flow::{Flow, TransportId, TransportKind};
use crate::ident::Ident;
use crate::outbox::{Outbox, Timer};
use crate::owner::Owner;

struct Bench {
    table: Transactions,
    out: Outbox,
    now: Duration,
    flow: Flow,
    unanswered: u32,
    /// Milliseconds at which something was sent.
    sent_at_ms: Vec<u128>,
}

impl Bench {
    fn new(kind: TransportKind) -> Self {
        let at = SocketAddr::from(([192, 0, 2, 1], 5060));
        Self {
            table: Transactions::new(10, Timers::default()),
            out: Outbox::new([1; 32], "ua".into(), Vec::new()),
            now: Duration::ZERO,
            flow: Flow {
                transport: TransportId(0),
                kind,
                local: at,
                remote: at,
                connection: None,
            },
            unanswered: 0,
            sent_at_ms: Vec::new(),
        }
    }

    fn note_sent(&mut self) {
        while self.out.poll_transmit().is_some() {
            self.sent_at_ms.push(self.now.as_millis());
        }
    }

    fn run_until(&mut self, end: Duration) {
        self.note_sent();
        while let Some(at) = self.out.next_timer_at().filter(|at| *at <= end) {
            self.now = at;
            let Some(Timer::Transaction(id, timer)) = self.out.pop_due_timer(at) else {
                panic!("a transaction's")
            };
            if let TimeoutOutcome::Unanswered { .. } = self.table.handle_timer(at, id, timer, &mut self.out) {
                self.unanswered += 1;
            }
            self.note_sent();
        }
        self.now = end;
    }

    fn request(&mut self, method: Method) -> Ident {
        let request = OutgoingRequest {
            method: method.clone(),
            uri: "sip:b".into(),
            from: "<sip:a@a>;tag=1".into(),
            to: "<sip:b>".into(),
            call_id: "c".into(),
            cseq: 1,
            contact: None,
            routes: Vec::new(),
            extra: Vec::new(),
            content_type: None,
            body: Bytes::new(),
        };
        self.table
            .request(self.now, self.flow, request, Owner::Ping(1), &mut self.out)
            .expect("room");
        let sent = self.out.poll_transmit().expect("sent").bytes;
        self.sent_at_ms.push(self.now.as_millis());
        let crate::Message::Request(sent) = crate::parse_datagram(&sent).expect("sound") else {
            panic!("a request")
        };
        Ident::of_request(&sent).expect("sound")
    }

    fn reply(&mut self, ident: &Ident, status: u16) -> ResponseOutcome {
        let outcome = self.table.handle_response(self.now, ident, status, &mut self.out);
        self.note_sent();
        outcome
    }

    fn arrive(&mut self, method: Method) -> RequestOutcome {
        let ident = Ident {
            branch: "z9hG4bK-in".into(),
            sent_by: "h".into(),
            via: String::new(),
            call_id: "c".into(),
            from: String::new(),
            from_tag: "1".into(),
            to: String::new(),
            to_tag: None,
            cseq: 1,
            method,
            uri: String::new(),
        };
        let (flow, head) = (self.flow, ReplyHead::default());
        let arrival = Arrival {
            flow: &flow,
            ident: &ident,
            head,
            weight: Weight::New,
        };
        let outcome = self.table.handle_request(self.now, arrival, &mut self.out);
        self.note_sent();
        outcome
    }

    fn arrive_new(&mut self, method: Method) -> TransactionId {
        let RequestOutcome::New(id) = self.arrive(method) else {
            panic!("a new transaction")
        };
        id
    }

    fn respond(&mut self, id: TransactionId, status: u16) -> Responded {
        let responded = self
            .table
            .respond(self.now, id, &Reply::new(status), &mut self.out);
        self.note_sent();
        responded
    }
}

fn seconds(seconds: f64) -> Duration {
    Duration::from_secs_f64(seconds)
}

#[test]
fn a_request_is_repeated_by_timer_e_and_given_up_by_timer_f() {
    let mut bench = Bench::new(TransportKind::Udp);
    bench.request(Method::Options);
    bench.run_until(seconds(40.0));
    let at = [
        0, 500, 1500, 3500, 7500, 11_500, 15_500, 19_500, 23_500, 27_500, 31_500,
    ];
    assert_eq!(bench.sent_at_ms, at);
    assert_eq!((bench.unanswered, bench.table.len()), (1, 0));
}

#[test]
fn a_provisional_reply_slows_timer_e_to_t2() {
    let mut bench = Bench::new(TransportKind::Udp);
    let ident = bench.request(Method::Options);
    assert!(matches!(
        bench.reply(&ident, 100),
        ResponseOutcome::Deliver { .. }
    ));
    bench.run_until(seconds(9.0));
    assert_eq!(bench.sent_at_ms, [0, 4000, 8000]);
}

#[test]
fn an_invite_is_repeated_by_timer_a_until_a_provisional_reply() {
    let mut bench = Bench::new(TransportKind::Udp);
    let ident = bench.request(Method::Invite);
    bench.run_until(seconds(2.0));
    bench.reply(&ident, 180);
    bench.run_until(seconds(300.0));
    assert_eq!(bench.sent_at_ms, [0, 500, 1500]);
    assert_eq!(
        (bench.unanswered, bench.table.len()),
        (0, 1),
        "proceeding has no timer"
    );
}

#[test]
fn a_refused_invite_acknowledges_repetitions_for_timer_d() {
    let mut bench = Bench::new(TransportKind::Udp);
    let ident = bench.request(Method::Invite);
    assert!(matches!(
        bench.reply(&ident, 486),
        ResponseOutcome::Deliver { .. }
    ));
    bench.run_until(seconds(31.0));
    assert_eq!(bench.reply(&ident, 486), ResponseOutcome::Absorbed);
    assert_eq!(bench.sent_at_ms, [0, 0, 31_000], "INVITE and two ACKs");
    bench.run_until(seconds(33.0));
    assert_eq!(bench.table.len(), 0);
    assert_eq!(bench.reply(&ident, 486), ResponseOutcome::Stray);
}

#[test]
fn an_accepted_invite_delivers_every_branch_for_timer_m() {
    let mut bench = Bench::new(TransportKind::Udp);
    let ident = bench.request(Method::Invite);
    assert!(matches!(
        bench.reply(&ident, 200),
        ResponseOutcome::Deliver { .. }
    ));
    assert!(
        matches!(bench.reply(&ident, 200), ResponseOutcome::Deliver { .. }),
        "not acknowledged yet"
    );
    assert_eq!(bench.reply(&ident, 486), ResponseOutcome::Absorbed);
    bench.run_until(seconds(31.9));
    assert_eq!(bench.table.len(), 1);
    bench.run_until(seconds(32.1));
    assert_eq!((bench.table.len(), bench.unanswered), (0, 0));
}

#[test]
fn a_refusal_is_repeated_by_timer_g_until_timer_h() {
    let mut bench = Bench::new(TransportKind::Udp);
    let id = bench.arrive_new(Method::Invite);
    bench.respond(id, 486);
    bench.run_until(seconds(40.0));
    let at = [
        0, 500, 1500, 3500, 7500, 11_500, 15_500, 19_500, 23_500, 27_500, 31_500,
    ];
    assert_eq!(bench.sent_at_ms, at);
    assert_eq!(bench.table.len(), 0);
}

#[test]
fn an_ack_silences_the_refusal_and_its_repetitions_are_absorbed_for_timer_i() {
    let mut bench = Bench::new(TransportKind::Udp);
    let id = bench.arrive_new(Method::Invite);
    bench.respond(id, 486);
    assert!(matches!(bench.arrive(Method::Ack), RequestOutcome::Absorbed));
    assert!(matches!(bench.arrive(Method::Ack), RequestOutcome::Absorbed));
    assert!(matches!(bench.arrive(Method::Invite), RequestOutcome::Absorbed));
    bench.run_until(seconds(4.9));
    assert_eq!((bench.sent_at_ms.clone(), bench.table.len()), (vec![0], 1));
    bench.run_until(seconds(5.1));
    assert_eq!(bench.table.len(), 0);
}

#[test]
fn an_accepted_server_invite_absorbs_repetitions_and_passes_the_ack() {
    let mut bench = Bench::new(TransportKind::Udp);
    let id = bench.arrive_new(Method::Invite);
    assert!(matches!(bench.respond(id, 200), Responded::Accepted(_)));
    assert!(matches!(bench.arrive(Method::Invite), RequestOutcome::Absorbed));
    assert!(matches!(bench.arrive(Method::Ack), RequestOutcome::Ack));
    assert_eq!(bench.respond(id, 486), Responded::Ignored, "one final reply only");
    bench.run_until(seconds(33.0));
    assert_eq!((bench.sent_at_ms.clone(), bench.table.len()), (vec![0], 0));
}

#[test]
fn a_final_reply_is_repeated_for_timer_j() {
    let mut bench = Bench::new(TransportKind::Udp);
    let id = bench.arrive_new(Method::Options);
    bench.respond(id, 200);
    bench.run_until(seconds(31.0));
    assert!(matches!(bench.arrive(Method::Options), RequestOutcome::Absorbed));
    assert_eq!(bench.sent_at_ms, [0, 31_000]);
    bench.run_until(seconds(33.0));
    assert!(matches!(bench.arrive(Method::Options), RequestOutcome::New(_)));
}

#[test]
fn a_reliable_transport_repeats_and_lingers_never() {
    let mut bench = Bench::new(TransportKind::Tcp);
    let ident = bench.request(Method::Options);
    bench.run_until(seconds(10.0));
    assert_eq!(bench.sent_at_ms, [0]);
    bench.reply(&ident, 200);
    bench.run_until(seconds(10.0));
    assert_eq!(bench.table.len(), 0);
    let id = bench.arrive_new(Method::Options);
    assert_eq!(bench.respond(id, 200), Responded::Over);
    assert_eq!(bench.table.len(), 0);
    let id = bench.arrive_new(Method::Invite);
    bench.respond(id, 486);
    assert!(matches!(bench.arrive(Method::Ack), RequestOutcome::Absorbed));
    assert_eq!((bench.table.len(), bench.out.timers_armed()), (0, 0));
}
