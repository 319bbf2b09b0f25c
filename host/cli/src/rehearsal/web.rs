//! What does the web answer in a rehearsal? What the scenario says, after the time it says; nothing else is there.

use super::scenario::Service;
use std::sync::{Arc, Mutex, PoisonError};
use ucx_plugins::{StandIn, WebError, WebRequest, WebResponse};

/// Requests that are remembered; later ones are answered and forgotten.
const REQUESTS_MAX: usize = 10_000;

/// The requests made so far, each as `METHOD URL`. The lock guards a push or a copy; guests push, the rehearsal copies.
#[derive(Clone, Default)]
pub struct Asked(Arc<Mutex<Vec<String>>>);

impl Asked {
    pub fn all(&self) -> Vec<String> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn add(&self, request: &WebRequest) {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if all.len() < REQUESTS_MAX {
            all.push(format!("{} {}", request.method, request.url));
        }
    }
}

/// Answers in the place of the web.
pub fn stand_in(services: Vec<Service>, asked: Asked) -> StandIn {
    Arc::new(move |_, request| {
        asked.add(&request);
        let service = services.iter().find(|service| fits(service, &request)).cloned();
        Box::pin(async move {
            let Some(service) = service else {
                let what = format!(
                    "no [[http]] of the scenario answers {} {}",
                    request.method, request.url
                );
                return Err(WebError::Unavailable(what));
            };
            tokio::time::sleep(service.delay.0).await;
            Ok(WebResponse {
                status: service.status,
                headers: service.headers.into_iter().collect(),
                body: service.body.into_bytes(),
            })
        })
    })
}

fn fits(service: &Service, request: &WebRequest) -> bool {
    let method = service.method.as_deref();
    let is_url = match service.url.strip_suffix('*') {
        Some(beginning) => request.url.starts_with(beginning),
        None => request.url == service.url,
    };
    is_url && method.is_none_or(|method| method.eq_ignore_ascii_case(&request.method))
}
