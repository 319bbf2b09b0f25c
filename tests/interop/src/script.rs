//! Scenarios for sipp, put together from steps: a caller's and a callee's messages have one place each.

use std::fmt::Write;

/// The media line of a side, and whose streams it takes.
#[derive(Clone, Copy, Debug)]
pub struct Media {
    /// Version of the session (RFC 8866 section 5.2): grows with each offer.
    pub version: u32,
    pub direction: &'static str,
}

impl Media {
    pub const FIRST: Self = Self {
        version: 1,
        direction: "sendrecv",
    };

    /// The observer's socket is where media is wanted; sipp's own port is named so that sipp opens it.
    fn sdp(self) -> String {
        let Self { version, direction } = self;
        format!(
            "v=0\no=- 1 {version} IN IP4 [local_ip]\ns=-\nc=IN IP4 [media_ip]\nt=0 0\nm=audio [field0] RTP/AVP 0\n\
             a=rtpmap:0 PCMU/8000\na=ptime:20\na={direction}\na=x-sent-from:[rtpstream_audio_port]\n"
        )
    }
}

/// The steps of one side.
#[derive(Clone, Debug)]
pub struct Script {
    name: &'static str,
    steps: Vec<String>,
    cseq: u32,
    /// Which step sent the last INVITE.
    invited_at: usize,
    variables: Vec<&'static str>,
}

impl Script {
    pub fn new(name: &'static str) -> Self {
        Self {
            name,
            steps: Vec::new(),
            cseq: 0,
            invited_at: 0,
            variables: Vec::new(),
        }
    }

    pub fn name(&self) -> &'static str {
        self.name
    }

    /// The file sipp reads.
    pub fn xml(&self) -> String {
        let mut text = format!(
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<scenario name=\"{}\">\n",
            self.name
        );
        text.extend(self.steps.iter().map(|step| format!("{step}\n")));
        // sipp complains of variables that nothing reads, and knows them only after their step.
        if !self.variables.is_empty() {
            let _ = writeln!(text, "<Reference variables=\"{}\"/>", self.variables.join(","));
        }
        text + "</scenario>\n"
    }

    fn step(mut self, text: String) -> Self {
        self.steps.push(text);
        self
    }

    fn send(self, is_repeated: bool, message: &str) -> Self {
        let repeats = if is_repeated { " retrans=\"500\"" } else { "" };
        self.step(format!("<send{repeats}><![CDATA[\n\n{message}\n]]></send>"))
    }

    // What both sides do.

    pub fn pause(self, ms: u32) -> Self {
        self.step(format!("<pause milliseconds=\"{ms}\"/>"))
    }

    /// Plays a raw µ-law file again and again.
    pub fn play(self, file: &str) -> Self {
        self.step(format!(
            "<nop><action><exec rtp_stream=\"{file},-1,0\"/></action></nop>"
        ))
    }

    /// Waits for a request.
    pub fn receive(self, method: &str) -> Self {
        self.step(format!("<recv request=\"{method}\"/>"))
    }

    // A caller.

    fn outside(&self, method: &str, target: &str, branch: &str, extra: &str, body: Option<&str>) -> String {
        message(
            &format!("{method} {target} SIP/2.0"),
            &format!(
                "Via: SIP/2.0/[transport] [local_ip]:[local_port];branch={branch}\n\
                 From: <sip:[me]@[local_ip]:[local_port]>;tag=a[pid]x[call_number]\n{extra}\
                 Call-ID: [call_id]\nCSeq: {} {method}\nMax-Forwards: 70\n",
                self.cseq
            ),
            body,
        )
    }

    fn inside(&self, method: &str, body: Option<&str>) -> String {
        self.outside(
            method,
            "[next_url]",
            "[branch]",
            &format!("[routes]\n[last_To:]\n{CONTACT}"),
            body,
        )
    }

    fn invite_with(mut self, extra: &str, body: Option<&str>) -> Self {
        self.cseq += 1;
        self.invited_at = self.steps.len();
        let extra = format!("{TO}{CONTACT}{extra}");
        let text = self.outside("INVITE", TARGET, "[branch]", &extra, body);
        self.send(true, &text)
    }

    pub fn invite(self, media: Option<Media>) -> Self {
        let body = media.map(Media::sdp);
        self.invite_with("", body.as_deref())
    }

    /// The INVITE again, with an answer to the challenge before it.
    pub fn invite_with_credentials(self) -> Self {
        self.invite_with("[authentication]\n", Some(&Media::FIRST.sdp()))
    }

    pub fn reinvite(mut self, media: Media) -> Self {
        self.cseq += 1;
        self.invited_at = self.steps.len();
        let text = self.inside("INVITE", Some(&media.sdp()));
        self.send(true, &text)
    }

    pub fn register(mut self, has_credentials: bool) -> Self {
        self.cseq += 1;
        let credentials = if has_credentials { "[authentication]\n" } else { "" };
        let extra = format!("To: <sip:[me]@[remote_ip]:[remote_port]>\n{CONTACT}Expires: 60\n{credentials}");
        let text = self.outside(
            "REGISTER",
            "sip:[remote_ip]:[remote_port]",
            "[branch]",
            &extra,
            None,
        );
        self.send(true, &text)
    }

    pub fn options(mut self) -> Self {
        self.cseq += 1;
        let target = "sip:[remote_ip]:[remote_port]";
        let text = self.outside(
            "OPTIONS",
            target,
            "[branch]",
            &format!("To: <{target}>\n{CONTACT}"),
            None,
        );
        self.send(true, &text)
    }

    pub fn ack(self) -> Self {
        let text = self.inside("ACK", None);
        self.send(false, &text)
    }

    pub fn ack_with_answer(self) -> Self {
        let text = self.inside("ACK", Some(&Media::FIRST.sdp()));
        self.send(false, &text)
    }

    /// The branch of the last INVITE, as a step now says it.
    fn branch_of_invite(&self) -> String {
        format!("[branch-{}]", self.steps.len() - self.invited_at)
    }

    /// The ACK of a refusal, which belongs to the INVITE's transaction (RFC 3261 section 17.1.1.3).
    pub fn ack_refusal(self) -> Self {
        let text = self.outside("ACK", TARGET, &self.branch_of_invite(), "[last_To:]\n", None);
        self.send(false, &text)
    }

    pub fn cancel(self) -> Self {
        let text = self.outside("CANCEL", TARGET, &self.branch_of_invite(), TO, None);
        self.send(true, &text)
    }

    pub fn bye(mut self) -> Self {
        self.cseq += 1;
        let text = self.inside("BYE", None);
        self.send(true, &text)
    }

    /// Waits for a reply.
    pub fn reply_is(self, status: u16) -> Self {
        self.step(format!("<recv response=\"{status}\" rrs=\"true\"/>"))
    }

    /// A reply that may come or not.
    pub fn reply_may_be(self, status: u16) -> Self {
        self.step(format!("<recv response=\"{status}\" optional=\"true\"/>"))
    }

    /// A challenge, which the next `with_credentials` answers.
    pub fn challenge(self) -> Self {
        self.step("<recv response=\"401\" auth=\"true\"/>".to_owned())
    }

    /// Waits for a reply in which this regular expression is found.
    pub fn reply_has(mut self, status: u16, expression: &str) -> Self {
        const FOUND: [&str; 4] = ["found1", "found2", "found3", "found4"];
        let variable = FOUND[self.variables.len()];
        self.variables.push(variable);
        self.step(format!(
            "<recv response=\"{status}\" rrs=\"true\"><action><ereg regexp=\"{expression}\" search_in=\"msg\" \
             check_it=\"true\" assign_to=\"{variable}\"/></action></recv>"
        ))
    }

    // A callee.

    fn reply_text(line: &str, is_inside: bool, body: Option<&str>) -> String {
        let tag = if is_inside {
            ""
        } else {
            ";tag=b[pid]x[call_number]"
        };
        let headers = format!(
            "[last_Via:]\n[last_Record-Route:]\n[last_From:]\n[last_To:]{tag}\n[last_Call-ID:]\n[last_CSeq:]\n\
             Contact: <sip:[me]@[local_ip]:[local_port];transport=[transport]>\n"
        );
        message(&format!("SIP/2.0 {line}"), &headers, body)
    }

    pub fn reply(self, line: &str) -> Self {
        let text = Self::reply_text(line, false, None);
        self.send(false, &text)
    }

    pub fn reply_with_media(self, line: &str) -> Self {
        let text = Self::reply_text(line, false, Some(&Media::FIRST.sdp()));
        let is_final = line.starts_with('2');
        self.send(is_final, &text)
    }

    /// A refusal of the INVITE, repeated until its ACK comes.
    pub fn refuse(self, line: &str) -> Self {
        let text = Self::reply_text(line, false, None);
        self.send(true, &text).receive("ACK")
    }

    /// Waits for BYE and agrees.
    pub fn until_bye(self) -> Self {
        let text = Self::reply_text("200 OK", true, None);
        self.receive("BYE").send(false, &text)
    }

    /// Waits for the INVITE and remembers its number.
    pub fn receive_invite(mut self) -> Self {
        self.variables.push("number");
        self.step(
            "<recv request=\"INVITE\"><action><ereg regexp=\"[0-9]+\" search_in=\"hdr\" header=\"CSeq:\" \
             check_it=\"true\" assign_to=\"number\"/></action></recv>"
                .to_owned(),
        )
    }

    /// Waits for CANCEL, agrees, and ends the INVITE with 487.
    pub fn until_cancelled(self) -> Self {
        let ended = Self::reply_text("487 Request Terminated", false, None);
        let ended = ended.replace("[last_CSeq:]", "CSeq: [$number] INVITE");
        self.receive("CANCEL")
            .reply("200 OK")
            .send(true, &ended)
            .receive("ACK")
    }
}

const TARGET: &str = "sip:[service]@[remote_ip]:[remote_port]";
const TO: &str = "To: <sip:[service]@[remote_ip]:[remote_port]>\n";
const CONTACT: &str = "Contact: <sip:[me]@[local_ip]:[local_port];transport=[transport]>\n";

fn message(start: &str, headers: &str, body: Option<&str>) -> String {
    match body {
        Some(body) => {
            format!("{start}\n{headers}Content-Type: application/sdp\nContent-Length: [len]\n\n{body}")
        }
        None => format!("{start}\n{headers}Content-Length: 0\n\n"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cancel_and_the_ack_of_a_refusal_belong_to_the_invite() {
        let script = Script::new("x")
            .pause(1)
            .invite(None)
            .reply_may_be(100)
            .reply_is(180)
            .cancel();
        assert!(
            script.steps[4].contains("branch=[branch-3]"),
            "{}",
            script.steps[4]
        );
        assert!(script.steps[4].contains("CSeq: 1 CANCEL"));
        let script = script.reply_is(200).reply_is(487).ack_refusal().bye();
        assert!(script.steps[7].contains("branch=[branch-6]"));
        assert!(script.steps[7].contains("CSeq: 1 ACK"));
        assert!(script.steps[8].contains("CSeq: 2 BYE"));
    }

    #[test]
    fn variables_are_declared_once_each() {
        let xml = Script::new("x").reply_has(200, "a").reply_has(200, "b").xml();
        assert!(xml.contains("<Reference variables=\"found1,found2\"/>"), "{xml}");
    }
}
