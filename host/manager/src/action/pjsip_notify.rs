//! PJSIPNotify: a NOTIFY outside any subscription.

use super::originate::split;
use super::{Action, Call, Work, optional};
use crate::event::Classes;
use crate::{Failure, Outcome, Reply};
use std::sync::Arc;
use ucx_call::{Refusal, Technology};
use ucx_config::DirSource;

pub(super) static ACTION: Action = Action {
    name: "PJSIPNotify",
    synopsis: "Send a NOTIFY to an endpoint.",
    arguments: &[
        optional("Endpoint", "The endpoint's name."),
        optional("URI", "Or a SIP URI, through the default outbound endpoint."),
        optional("channel", "Or the channel whose endpoint is meant."),
        optional("Option", "A section of pjsip_notify.conf that holds the headers."),
        optional(
            "Variable",
            "Or the headers themselves, NAME=value; may be repeated.",
        ),
    ],
    classes: &[Classes::SYSTEM],
    work: Work::Desk(|call| Box::pin(run(call))),
};

/// Name and value of a header.
type Header = (Arc<str>, Arc<str>);

async fn run(call: Call<'_>) -> Outcome {
    let request = call.request;
    let option = request.filled("Option");
    let variables: Vec<&str> = request.all("Variable").filter(|text| !text.is_empty()).collect();
    if option.is_some() != variables.is_empty() {
        return Err(
            "PJSIPNotify requires either an Option or Variable(s).You must use only one of them.".into(),
        );
    }
    let [endpoint, uri, channel] = ["Endpoint", "URI", "channel"].map(|name| request.filled(name));
    match [endpoint, uri, channel].iter().flatten().count() {
        0 => return Err("PJSIPNotify requires either an endpoint name, a SIP URI, or a channel.".into()),
        1 => {}
        _ => {
            let message = "PJSIPNotify requires either an endpoint name, a SIP URI, or a channel.  \
                           You must use only one of them.";
            return Err(message.into());
        }
    }
    let headers = match option {
        Some(option) => of_option(&call, option).await?,
        None => variables
            .iter()
            .flat_map(|text| split(text))
            .filter_map(|one| header(&one))
            .collect(),
    };
    let endpoint = match channel {
        Some(name) => match call.desk.channel(name).await {
            Ok(channel) if channel.technology == Technology::Pjsip => channel.endpoint.to_string(),
            Ok(_) | Err(Refusal::NoSuchChannel) => return Err("Channel not found".into()),
            Err(refusal) => return Err(refusal.into()),
        },
        // Nobody stands for URIs that belong to no endpoint of ours.
        None => endpoint.unwrap_or("default_outbound_endpoint").to_owned(),
    };
    match call.desk.notify(&endpoint, headers).await {
        Ok(()) => Ok(Reply::done(request, "NOTIFY sent")),
        Err(Refusal::Invalid(reason)) if reason.contains("endpoint") => {
            Err(format!("Unable to retrieve endpoint {endpoint}").into())
        }
        Err(refusal @ (Refusal::Denied(_) | Refusal::Shutdown)) => Err(refusal.into()),
        Err(_) => Err("Unable to push Notify task".into()),
    }
}

fn header(text: &str) -> Option<Header> {
    let (name, value) = text.split_once('=')?;
    Some((Arc::from(name.trim()), Arc::from(value.trim())))
}

/// The headers of a section of pjsip_notify.conf.
async fn of_option(call: &Call<'_>, option: &str) -> Result<Vec<Header>, Failure> {
    let source = DirSource::new(&call.host.directories().etc);
    let wanted = option.to_owned();
    let read = tokio::task::spawn_blocking(move || {
        let (config, _) = ucx_config::parse(&source, "pjsip_notify.conf");
        let section = config.merged(&wanted)?;
        let entries = section.entries.iter();
        Some(
            entries
                .map(|entry| (Arc::from(&*entry.key), Arc::from(&*entry.value)))
                .collect(),
        )
    });
    let headers = read.await.ok().flatten();
    headers.ok_or_else(|| Failure::from(format!("Unable to find notify type '{option}'")))
}
