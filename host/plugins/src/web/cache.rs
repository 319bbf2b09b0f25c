//! Which answers need not be asked for again? Those to GET that say how long they stay good (RFC 9111, as a private cache
//! that keeps little: what it cannot be sure of it does not keep).

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use super::{WebRequest, WebResponse};

/// Answers kept.
const ANSWERS_MAX: usize = 256;
/// Bytes of kept bodies.
const BYTES_MAX: usize = 2 << 20;
/// However long an answer says it stays good.
const LIFE_MAX: Duration = Duration::from_secs(3600);

/// The kept answers of one plugin generation. The lock guards a look or an insertion.
#[derive(Default)]
pub(super) struct Cache {
    kept: Mutex<Kept>,
}

/// A question: the address, and all its header lines, so that whatever an answer varies by is covered.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Question {
    url: String,
    headers: Vec<(String, String)>,
}

#[derive(Default)]
struct Kept {
    answers: BTreeMap<Question, (WebResponse, Duration)>,
    bytes: usize,
}

impl Question {
    /// The question a request asks; none if its answer may not be kept.
    pub(super) fn of(request: &WebRequest) -> Option<Self> {
        if request.method != "GET" || !request.body.is_empty() {
            return None;
        }
        let mut headers: Vec<(String, String)> = request
            .headers
            .iter()
            .map(|(name, value)| (name.to_ascii_lowercase(), value.clone()))
            .collect();
        if headers
            .iter()
            .any(|(name, value)| name == "range" || (name == "cache-control" && value.contains("no-")))
        {
            return None;
        }
        headers.sort();
        Some(Self {
            url: request.url.clone(),
            headers,
        })
    }
}

impl Cache {
    /// The answer kept for a question.
    pub(super) fn answer(&self, question: &Question, now: Duration) -> Option<WebResponse> {
        let kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        let (answer, ends) = kept.answers.get(question)?;
        (*ends > now).then(|| answer.clone())
    }

    /// Keeps an answer if it says how long it stays good.
    pub(super) fn keep(&self, question: Question, answer: &WebResponse, now: Duration) {
        let Some(life) = life(answer) else { return };
        let size = answer.body.len();
        if size > BYTES_MAX / 4 {
            return;
        }
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        kept.remove(&question);
        while kept.answers.len() >= ANSWERS_MAX || kept.bytes + size > BYTES_MAX {
            let first = kept.answers.iter().min_by_key(|(_, (_, ends))| *ends);
            let Some(first) = first.map(|(question, _)| question.clone()) else {
                break;
            };
            kept.remove(&first);
        }
        kept.bytes += size;
        kept.answers.insert(question, (answer.clone(), now + life));
    }
}

impl Kept {
    fn remove(&mut self, question: &Question) {
        if let Some((answer, _)) = self.answers.remove(question) {
            self.bytes -= answer.body.len();
        }
    }
}

/// How long an answer stays good.
fn life(answer: &WebResponse) -> Option<Duration> {
    if answer.status != 200 {
        return None;
    }
    let header = |wanted: &str| {
        let found = answer.headers.iter().find(|(name, _)| name == wanted);
        found.map(|(_, value)| value.trim())
    };
    if header("vary") == Some("*") || header("set-cookie").is_some() {
        return None;
    }
    let mut seconds = None;
    for rule in header("cache-control")?.split(',') {
        let rule = rule.trim().to_ascii_lowercase();
        if rule.starts_with("no-store") || rule.starts_with("no-cache") {
            return None;
        }
        if let Some(number) = rule.strip_prefix("max-age=") {
            seconds = Some(number.trim_matches('"').parse::<u64>().ok()?);
        }
    }
    let age = header("age").and_then(|age| age.parse().ok()).unwrap_or(0);
    let left = Duration::from_secs(seconds?.saturating_sub(age)).min(LIFE_MAX);
    (!left.is_zero()).then_some(left)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn question(url: &str) -> Question {
        Question {
            url: url.to_owned(),
            headers: Vec::new(),
        }
    }

    fn answer(control: &str, bytes: usize) -> WebResponse {
        WebResponse {
            status: 200,
            headers: vec![("cache-control".to_owned(), control.to_owned())],
            body: vec![b'x'; bytes],
        }
    }

    const NOW: Duration = Duration::from_secs(1000);

    #[test]
    fn an_answer_is_kept_as_long_as_it_says() {
        let cache = Cache::default();
        cache.keep(question("a"), &answer("private, max-age=10", 1), NOW);
        assert!(
            cache
                .answer(&question("a"), NOW + Duration::from_secs(9))
                .is_some()
        );
        assert!(
            cache
                .answer(&question("a"), NOW + Duration::from_secs(10))
                .is_none()
        );
        for control in [
            "no-store, max-age=10",
            "max-age=0",
            "no-cache",
            "public",
            "max-age=x",
        ] {
            cache.keep(question("b"), &answer(control, 1), NOW);
            assert!(cache.answer(&question("b"), NOW).is_none(), "{control}");
        }
        let mut failed = answer("max-age=10", 1);
        failed.status = 500;
        cache.keep(question("b"), &failed, NOW);
        let mut aged = answer("max-age=10", 1);
        aged.headers.push(("age".to_owned(), "10".to_owned()));
        cache.keep(question("b"), &aged, NOW);
        assert!(cache.answer(&question("b"), NOW).is_none());
    }

    #[test]
    fn only_plain_gets_are_questions() {
        let request = |method: &str, header: &str| WebRequest {
            method: method.to_owned(),
            url: "http://a/".to_owned(),
            headers: vec![(header.to_owned(), "no-cache".to_owned())],
            body: Vec::new(),
            timeout: Duration::ZERO,
        };
        assert!(Question::of(&request("GET", "X-A")).is_some());
        assert!(Question::of(&request("POST", "X-A")).is_none());
        assert!(Question::of(&request("GET", "Cache-Control")).is_none());
        assert!(Question::of(&request("GET", "Range")).is_none());
        assert_eq!(
            Question::of(&request("GET", "X-A")),
            Question::of(&request("GET", "x-a"))
        );
        assert_ne!(
            Question::of(&request("GET", "X-A")),
            Question::of(&request("GET", "X-B"))
        );
    }

    #[test]
    fn what_ends_first_makes_room() {
        let cache = Cache::default();
        let big = BYTES_MAX / 4;
        for (n, life) in [40, 10, 30, 20].into_iter().enumerate() {
            cache.keep(
                question(&n.to_string()),
                &answer(&format!("max-age={life}"), big),
                NOW,
            );
        }
        cache.keep(question("new"), &answer("max-age=5", big), NOW);
        let there: Vec<bool> = ["0", "1", "2", "3", "new"]
            .iter()
            .map(|url| cache.answer(&question(url), NOW).is_some())
            .collect();
        assert_eq!(there, [true, false, true, true, true]);
        cache.keep(question("huge"), &answer("max-age=5", big + 1), NOW);
        assert!(cache.answer(&question("huge"), NOW).is_none());
    }
}
