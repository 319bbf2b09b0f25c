//! Channels that clients make: called at once, or later by request.

use crate::applications::Source;
use crate::operation::{Answer, Ctx, Failure, Operation};
use crate::request::{Request, leading_integer};
use crate::resource::shown;
use std::sync::Arc;
use std::time::Duration;
use ucx_call::{ChannelSnapshot, Party, Place, Refusal};
use ucx_config::pjsip::CODECS;
use ucx_pbx::{Destination, OriginateSpec};

/// What can be asked.
pub const OPERATIONS: &[Operation] = crate::operations!("channels";
    "originate" => originate,
    "originateWithId" => originate,
    "create" => create,
);

/// Longest uniqueid a client may choose, in bytes.
const UNIQUEID_BYTES_MAX: usize = 149;

/// How long a channel may ring where the client does not say.
const TIMEOUT_S: i64 = 30;

/// Where extensions are looked for where the client does not say.
const CONTEXT: &str = "default";

async fn originate(ctx: &Ctx, request: &Request) -> Answer {
    let mut spec = base(ctx, request).await?;
    let application = request.text("app");
    spec.to = match &application {
        Some(application) => into_application(application, request),
        None => Destination::Exten(place(ctx, request).await?),
    };
    spec.goes_anywhere = true;
    let timeout = request.integer("timeout").unwrap_or(TIMEOUT_S);
    spec.timeout = u64::try_from(timeout).ok().map(Duration::from_secs);
    if let Some(caller) = request.text("callerId") {
        spec.caller = Party::parse(&caller);
    }
    check_parents(ctx, request, &mut spec).await?;
    // What is named is listened to before it is there, so that nothing of it is missed, not even that it failed at once.
    let listener = application.as_deref().unwrap_or_default();
    let named = [spec.uniqueid.clone(), spec.other_uniqueid.clone()];
    let early: Vec<Source> = match application {
        Some(_) => named.into_iter().flatten().map(Source::Channel).collect(),
        None => Vec::new(),
    };
    for source in &early {
        ctx.handle.subscribe(0, listener, source.clone());
    }
    let begun = ctx.desk.originate_begin(spec).await;
    if begun.is_err() {
        for source in &early {
            ctx.handle.unsubscribe(0, listener, source.clone());
        }
    }
    let (channel, _) = begun.map_err(|refusal| {
        if matches!(refusal, Refusal::Conflict(_)) {
            taken()
        } else if matches!(refusal, Refusal::Denied(_) | Refusal::Shutdown) {
            refusal.into()
        } else {
            Failure::allocation()
        }
    })?;
    if application.is_some() {
        listen(ctx, listener, &channel, &early).await;
    }
    shown::one(ctx, &channel).await
}

/// An application listens to what was made for it: a channel, or both halves of a Local one.
///
/// What it listens to already is left out.
pub(super) async fn listen(ctx: &Ctx, application: &str, channel: &ChannelSnapshot, early: &[Source]) {
    let listen = |uniqueid: &Arc<str>| {
        let source = Source::Channel(uniqueid.clone());
        if !early.contains(&source) {
            ctx.handle.subscribe(0, application, source);
        }
    };
    listen(&channel.uniqueid);
    let Some(pair) = channel.name.strip_suffix(";1") else {
        return;
    };
    // It may be gone by now.
    if let Ok(half) = ctx.desk.channel(format!("{pair};2").as_str()).await {
        listen(&half.uniqueid);
    }
}

async fn create(ctx: &Ctx, request: &Request) -> Answer {
    let mut spec = base(ctx, request).await?;
    let application = request.text("app").unwrap_or_default();
    spec.to = into_application(&application, request);
    check_parents(ctx, request, &mut spec).await?;
    let channel = ctx.desk.create_channel(spec).await;
    let channel = channel.map_err(|refusal| {
        // The field has the same words for all else that stands in the way.
        let is_told = matches!(refusal, Refusal::Denied(_) | Refusal::Shutdown | Refusal::Full(_));
        if is_told { refusal.into() } else { taken() }
    })?;
    listen(ctx, &application, &channel, &[]).await;
    shown::one(ctx, &channel).await
}

/// What both ways have in common.
async fn base(ctx: &Ctx, request: &Request) -> Result<OriginateSpec, Failure> {
    let id = match request.path("channelId") {
        "" => request.text("channelId").map(String::from),
        id => Some(id.to_owned()),
    };
    let other = request.text("otherChannelId").map(String::from);
    if [&id, &other]
        .into_iter()
        .flatten()
        .any(|id| id.len() > UNIQUEID_BYTES_MAX)
    {
        let message = format!("Uniqueid length exceeds maximum of {UNIQUEID_BYTES_MAX}");
        return Err(Failure::new(400, message));
    }
    let endpoint = request.required("endpoint", "Endpoint must be specified")?;
    if request.text("originator").is_some() && request.text("formats").is_some() {
        return Err(Failure::new(
            400,
            "Originator and formats can't both be specified",
        ));
    }
    if !endpoint
        .split_once('/')
        .is_some_and(|(technology, resource)| !technology.is_empty() && !resource.is_empty())
    {
        return Err(Failure::new(400, "Invalid endpoint specified"));
    }
    let nowhere = Destination::Application {
        name: Arc::from(""),
        data: Arc::from(""),
    };
    let mut spec = OriginateSpec::new(&endpoint, nowhere);
    spec.uniqueid = id.map(Arc::from);
    spec.other_uniqueid = other.map(Arc::from);
    let variables = request.variables()?;
    if let Some(id) = &spec.uniqueid {
        let reported = variables.iter().filter(|variable| variable.report_events);
        reported.for_each(|variable| ctx.handle.report_variable(id, &variable.name));
    }
    let variables = variables.into_iter();
    spec.variables = variables
        .map(|variable| (Arc::from(variable.name), Arc::from(variable.value)))
        .collect();
    spec.codecs = request.texts("formats").into_iter().map(Arc::from).collect();
    // Whoever named it wants to know before anything else is looked at whether it can be had.
    if let Some(id) = &spec.uniqueid {
        match ctx.desk.channel(&**id).await {
            Ok(_) => return Err(taken()),
            Err(Refusal::NoSuchChannel) => {}
            Err(refusal) => return Err(refusal.into()),
        }
    }
    Ok(spec)
}

async fn check_parents(ctx: &Ctx, request: &Request, spec: &mut OriginateSpec) -> Result<(), Failure> {
    if let Some(originator) = request.text("originator") {
        match ctx.desk.channel(&*originator).await {
            Ok(found) => spec.parent = Some(found.id),
            Err(Refusal::NoSuchChannel) => {
                return Err(Failure::new(400, "Provided originator channel was not found"));
            }
            Err(refusal) => return Err(refusal.into()),
        }
    }
    let is_unknown = |codec: &&Arc<str>| !CODECS.contains(&&***codec);
    match spec.codecs.iter().find(is_unknown) {
        Some(codec) => Err(Failure::new(
            400,
            format!("Provided format ({codec}) was not found"),
        )),
        None => Ok(()),
    }
}

pub(super) fn into_application(application: &str, request: &Request) -> Destination {
    into_application_with(application, request.text("appArgs").as_deref())
}

pub(super) fn into_application_with(application: &str, args: Option<&str>) -> Destination {
    let data = match args {
        Some(args) => format!("{application},{args}"),
        None => application.to_owned(),
    };
    Destination::Application {
        name: Arc::from("Stasis"),
        data: Arc::from(data),
    }
}

async fn place(ctx: &Ctx, request: &Request) -> Result<Place, Failure> {
    let exten = request
        .text("extension")
        .ok_or(Failure::new(400, "Application or extension must be specified"))?;
    let context = request.text("context");
    let context = context.as_deref().unwrap_or(CONTEXT);
    let priority = match request.text("label") {
        Some(label) if label.starts_with(|c: char| c.is_ascii_digit() || c == '-') => leading_integer(&label),
        Some(label) => {
            let found = ctx.desk.priority_by_label(context, &exten, &label).await?;
            found
                .ok_or(Failure::new(404, "Requested label can not be found"))?
                .into()
        }
        // What is no number counts as none.
        None => request
            .integer("priority")
            .filter(|priority| *priority != 0)
            .unwrap_or(1),
    };
    let priority = u32::try_from(priority).ok().filter(|priority| *priority > 0);
    let priority = priority.ok_or(Failure::new(400, "Requested priority is illegal"))?;
    Ok(Place::new(context, &exten, priority))
}

pub(super) fn taken() -> Failure {
    Failure::new(409, "Channel with given unique ID already exists")
}
