//! How the bytes of a compound become packets.

use super::{
    Chunk, Goodbye, MAX_PACKETS, NtpTime, ReceiverReport, ReportBlock, RtcpError, RtcpPacket, SenderReport,
    kind,
};

/// Reads a compound. Reduced-size compounds (RFC 5506) are taken too, so the first packet may be of any kind.
pub fn parse(bytes: &[u8]) -> Result<Vec<RtcpPacket>, RtcpError> {
    let mut packets = Vec::new();
    let mut rest = bytes;
    while !rest.is_empty() {
        if packets.len() == MAX_PACKETS {
            return Err(RtcpError::Count);
        }
        let head = rest.first_chunk::<4>().ok_or(RtcpError::Length)?;
        if head[0] & 0xc0 != 0x80 {
            return Err(RtcpError::Version);
        }
        let length = (usize::from(u16::from_be_bytes([head[2], head[3]])) + 1) * 4;
        let (packet, after) = rest.split_at_checked(length).ok_or(RtcpError::Length)?;
        let body = &packet[4..];
        let body = if head[0] & 0x20 == 0 {
            body
        } else {
            without_padding(body, after)?
        };
        packets.push(parse_packet(head[1], head[0] & 0x1f, body)?);
        rest = after;
    }
    if packets.is_empty() {
        Err(RtcpError::Count)
    } else {
        Ok(packets)
    }
}

fn without_padding<'a>(body: &'a [u8], after: &[u8]) -> Result<&'a [u8], RtcpError> {
    let count = usize::from(*body.last().ok_or(RtcpError::Padding)?);
    if !after.is_empty() || count == 0 || !count.is_multiple_of(4) {
        return Err(RtcpError::Padding);
    }
    body.len()
        .checked_sub(count)
        .map(|end| &body[..end])
        .ok_or(RtcpError::Padding)
}

fn parse_packet(packet_type: u8, count: u8, body: &[u8]) -> Result<RtcpPacket, RtcpError> {
    let mut reader = Reader(body);
    match packet_type {
        kind::SENDER_REPORT => {
            let ssrc = reader.word()?;
            let ntp = NtpTime((u64::from(reader.word()?) << 32) | u64::from(reader.word()?));
            let (timestamp, packets, octets) = (reader.word()?, reader.word()?, reader.word()?);
            let blocks = reader.blocks(count)?;
            Ok(RtcpPacket::SenderReport(SenderReport {
                ssrc,
                ntp,
                timestamp,
                packets,
                octets,
                blocks,
            }))
        }
        kind::RECEIVER_REPORT => {
            let ssrc = reader.word()?;
            let blocks = reader.blocks(count)?;
            Ok(RtcpPacket::ReceiverReport(ReceiverReport { ssrc, blocks }))
        }
        kind::SOURCE_DESCRIPTION => (0..count)
            .map(|_| reader.chunk())
            .collect::<Result<_, _>>()
            .map(RtcpPacket::SourceDescription),
        kind::GOODBYE => {
            let sources = (0..count).map(|_| reader.word()).collect::<Result<_, _>>()?;
            let reason = if reader.0.is_empty() {
                Vec::new()
            } else {
                reader.text()?.to_vec()
            };
            Ok(RtcpPacket::Goodbye(Goodbye { sources, reason }))
        }
        other => Ok(RtcpPacket::Other {
            kind: other,
            count,
            body: body.to_vec(),
        }),
    }
}

struct Reader<'a>(&'a [u8]);

impl<'a> Reader<'a> {
    fn word(&mut self) -> Result<u32, RtcpError> {
        let (word, rest) = self.0.split_first_chunk::<4>().ok_or(RtcpError::Content)?;
        self.0 = rest;
        Ok(u32::from_be_bytes(*word))
    }

    fn byte(&mut self) -> Result<u8, RtcpError> {
        let (byte, rest) = self.0.split_first().ok_or(RtcpError::Content)?;
        self.0 = rest;
        Ok(*byte)
    }

    fn text(&mut self) -> Result<&'a [u8], RtcpError> {
        let length = usize::from(self.byte()?);
        let (text, rest) = self.0.split_at_checked(length).ok_or(RtcpError::Content)?;
        self.0 = rest;
        Ok(text)
    }

    fn blocks(&mut self, count: u8) -> Result<Vec<ReportBlock>, RtcpError> {
        (0..count).map(|_| self.block()).collect()
    }

    fn block(&mut self) -> Result<ReportBlock, RtcpError> {
        let ssrc = self.word()?;
        let [fraction_lost, lost @ ..] = self.word()?.to_be_bytes();
        let sign = if lost[0] & 0x80 == 0 { 0 } else { 0xff };
        Ok(ReportBlock {
            ssrc,
            fraction_lost,
            cumulative_lost: i32::from_be_bytes([sign, lost[0], lost[1], lost[2]]),
            highest_sequence: self.word()?,
            jitter: self.word()?,
            last_report: self.word()?,
            delay_since_last_report: self.word()?,
        })
    }

    fn chunk(&mut self) -> Result<Chunk, RtcpError> {
        let before = self.0.len();
        let ssrc = self.word()?;
        let mut items = Vec::new();
        loop {
            let item = self.byte()?;
            if item == 0 {
                break;
            }
            items.push((item, self.text()?.to_vec()));
        }
        while !(before - self.0.len()).is_multiple_of(4) {
            self.byte()?;
        }
        Ok(Chunk { ssrc, items })
    }
}
