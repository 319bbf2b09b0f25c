//! Compounds against bytes drawn from RFC 3550 section 6 and against themselves.

use super::*;
use proptest::prelude::*;

fn block() -> impl Strategy<Value = ReportBlock> {
    (
        any::<u32>(),
        any::<u8>(),
        -0x80_0000..=0x7f_ffffi32,
        any::<[u32; 4]>(),
    )
        .prop_map(|(ssrc, fraction_lost, cumulative_lost, words)| ReportBlock {
            ssrc,
            fraction_lost,
            cumulative_lost,
            highest_sequence: words[0],
            jitter: words[1],
            last_report: words[2],
            delay_since_last_report: words[3],
        })
}

fn blocks() -> impl Strategy<Value = Vec<ReportBlock>> {
    prop::collection::vec(block(), 0..4)
}

fn text() -> impl Strategy<Value = Vec<u8>> {
    prop::collection::vec(any::<u8>(), 0..=255)
}

fn packet() -> impl Strategy<Value = RtcpPacket> {
    let chunk = (any::<u32>(), prop::collection::vec((1u8.., text()), 0..4))
        .prop_map(|(ssrc, items)| Chunk { ssrc, items });
    prop_oneof![
        (any::<u32>(), any::<u64>(), any::<[u32; 3]>(), blocks()).prop_map(|(ssrc, ntp, words, blocks)| {
            RtcpPacket::SenderReport(SenderReport {
                ssrc,
                ntp: NtpTime(ntp),
                timestamp: words[0],
                packets: words[1],
                octets: words[2],
                blocks,
            })
        }),
        (any::<u32>(), blocks())
            .prop_map(|(ssrc, blocks)| RtcpPacket::ReceiverReport(ReceiverReport { ssrc, blocks })),
        prop::collection::vec(chunk, 0..4).prop_map(RtcpPacket::SourceDescription),
        (prop::collection::vec(any::<u32>(), 0..4), text())
            .prop_map(|(sources, reason)| RtcpPacket::Goodbye(Goodbye { sources, reason })),
        (204u8..208, 0u8..32, prop::collection::vec(any::<[u8; 4]>(), 0..8)).prop_map(
            |(kind, count, words)| RtcpPacket::Other {
                kind,
                count,
                body: words.concat()
            }
        ),
    ]
}

proptest! {
    #[test]
    fn what_is_written_reads_back(packets in prop::collection::vec(packet(), 1..6)) {
        let mut bytes = Vec::new();
        write(&packets, &mut bytes).expect("within the limits");
        prop_assert!(bytes.len().is_multiple_of(4));
        prop_assert_eq!(parse(&bytes), Ok(packets));
    }

    #[test]
    fn any_bytes_are_answered(bytes in prop::collection::vec(any::<u8>(), 0..200), kind in 200u8..208, count: u8) {
        let mut bytes = bytes;
        if let [first, second, ..] = bytes.as_mut_slice() {
            (*first, *second) = (0x80 | (count & 0x1f), kind);
        }
        if let Ok(packets) = parse(&bytes) {
            let mut again = Vec::new();
            write(&packets, &mut again).expect("what was read can be written");
            prop_assert_eq!(parse(&again), Ok(packets));
        }
    }
}

#[test]
fn a_receiver_report_with_a_cname_has_the_bytes_the_rfc_draws() {
    let block = ReportBlock {
        ssrc: 0x0a0b_0c0d,
        fraction_lost: 64,
        cumulative_lost: -2,
        highest_sequence: 0x0001_0203,
        jitter: 5,
        last_report: 6,
        delay_since_last_report: 7,
    };
    let chunk = Chunk {
        ssrc: 1,
        items: vec![(CNAME, b"ab".to_vec())],
    };
    let packets = [
        RtcpPacket::ReceiverReport(ReceiverReport {
            ssrc: 1,
            blocks: vec![block],
        }),
        RtcpPacket::SourceDescription(vec![chunk]),
    ];

    let mut bytes = Vec::new();
    write(&packets, &mut bytes).expect("within the limits");

    #[rustfmt::skip]
    let expected = [
        0x81, 201, 0, 7, 0, 0, 0, 1,
        0x0a, 0x0b, 0x0c, 0x0d, 64, 0xff, 0xff, 0xfe, 0, 1, 2, 3, 0, 0, 0, 5, 0, 0, 0, 6, 0, 0, 0, 7,
        0x81, 202, 0, 3, 0, 0, 0, 1, 1, 2, b'a', b'b', 0, 0, 0, 0,
    ];
    assert_eq!(bytes, expected);
}

#[test]
fn padding_is_only_taken_at_the_end() {
    let padded = [0xa0, 203, 0, 1, 0, 0, 0, 4];
    let twice = [padded, padded].concat();

    assert_eq!(parse(&padded), Ok(vec![RtcpPacket::Goodbye(Goodbye::default())]));
    assert_eq!(parse(&twice), Err(RtcpError::Padding));
    assert_eq!(parse(&[0xa0, 203, 0, 1, 0, 0, 0, 8]), Err(RtcpError::Padding));
}

#[test]
fn too_many_packets_are_refused() {
    let one = [0x80, 203, 0, 0];

    assert_eq!(
        parse(&one.repeat(MAX_PACKETS)).map(|packets| packets.len()),
        Ok(MAX_PACKETS)
    );
    assert_eq!(parse(&one.repeat(MAX_PACKETS + 1)), Err(RtcpError::Count));
    assert_eq!(parse(&[]), Err(RtcpError::Count));
}

#[test]
fn the_ntp_clock_begins_in_1900() {
    let half_past_the_epoch = NtpTime::from_unix(Duration::from_millis(1500));

    assert_eq!(half_past_the_epoch.0 >> 32, 2_208_988_801);
    assert_eq!(half_past_the_epoch.0 & 0xffff_ffff, 0x8000_0000);
    assert_eq!(half_past_the_epoch.middle(), (2_208_988_801u32 << 16) | 0x8000);
}
