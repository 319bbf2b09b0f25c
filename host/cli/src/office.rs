//! The host as a whole, as interfaces ask for it from any thread: what it is, its commands, its modules, its reload.

use crate::command::{self, Context};
use crate::log::{CHANNELS_MAX, Log, LogChannel};
use crate::modules::{self, Found, Part};
use crate::own::{self, Asked};
use crate::provided;
use crate::reload;
use crate::spec::HostSpec;
use std::collections::BTreeSet;
use std::future::Future;
use std::rc::Rc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};
use tokio::sync::{mpsc, oneshot, watch};
use ucx_call::{EventKind, Principal, Refusal, Right};
use ucx_pbx::{
    BoxFuture, CommandOutput, Directories, Host, Identity, LocalBoxFuture, LogChange, LogView, Module,
    OwnReply, OwnRequest, PartReply, PartRequest, Reloaded,
};

/// Errands that may wait for the control thread; a further one is refused.
const ERRANDS_MAX: usize = 1_024;

/// Something to be done on the control thread, with what commands act on.
type Errand = Box<dyn FnOnce(Rc<Context>) -> LocalBoxFuture<'static, ()> + Send>;

/// The host as a whole.
pub struct Office {
    identity: Identity,
    directories: Directories,
    started: Instant,
    /// Milliseconds from the start to the last reload.
    reloaded_ms: AtomicU64,
    booted: watch::Sender<bool>,
    errands: mpsc::Sender<Errand>,
    log: Log,
    /// Modules that were unloaded by request.
    unloaded: Mutex<BTreeSet<&'static str>>,
}

/// The errands of an office, for the control thread.
pub struct Errands(mpsc::Receiver<Errand>);

impl Office {
    /// An office of a host that does not take calls yet.
    pub fn new(spec: &HostSpec, log: Log) -> (Arc<Self>, Errands) {
        let (errands, inbox) = mpsc::channel(ERRANDS_MAX);
        let office = Self {
            identity: spec.identity.clone(),
            directories: spec.directories.clone(),
            started: Instant::now(),
            reloaded_ms: AtomicU64::new(0),
            booted: watch::Sender::new(false),
            errands,
            log,
            unloaded: Mutex::default(),
        };
        (Arc::new(office), Errands(inbox))
    }

    pub fn log(&self) -> &Log {
        &self.log
    }

    /// Says that calls are taken.
    pub fn set_booted(&self) {
        self.booted.send_replace(true);
    }

    /// Waits until calls are taken.
    pub async fn until_booted(&self) {
        // An office that is gone has no host to wait for.
        let _ = self.booted.subscribe().wait_for(|booted| *booted).await;
    }

    /// Does something on the control thread and answers what it said.
    async fn on_control<T, F>(
        &self,
        work: impl FnOnce(Rc<Context>) -> F + Send + 'static,
    ) -> Result<T, Refusal>
    where
        T: Send + 'static,
        F: Future<Output = T> + 'static,
    {
        let (reply, answer) = oneshot::channel();
        let errand: Errand = Box::new(move |context| {
            Box::pin(async move {
                // Whoever asked may have given up waiting.
                let _ = reply.send(work(context).await);
            })
        });
        self.errands.try_send(errand).map_err(|error| match error {
            mpsc::error::TrySendError::Full(_) => Refusal::Full("errands of the host"),
            mpsc::error::TrySendError::Closed(_) => Refusal::Shutdown,
        })?;
        answer.await.map_err(|_| Refusal::Shutdown)
    }

    fn note_reload(&self) {
        let since = u64::try_from(self.started.elapsed().as_millis()).unwrap_or(u64::MAX);
        self.reloaded_ms.store(since, Ordering::Relaxed);
    }
}

impl Errands {
    /// Does errands as they come, each in a task of its own, until dropped.
    pub async fn serve(mut self, context: Rc<Context>) {
        while let Some(errand) = self.0.recv().await {
            tokio::task::spawn_local(errand(context.clone()));
        }
    }
}

fn check(by: &Principal, right: Right) -> Result<(), Refusal> {
    if by.rights.has(right) {
        Ok(())
    } else {
        Err(Refusal::Denied(right))
    }
}

/// Lets what a module brings be there or not, and tells the world; on the control thread.
fn set_module(context: &Context, name: &'static str, is_loaded: bool) -> Result<(), Refusal> {
    let mut unloaded = context
        .office
        .unloaded
        .lock()
        .unwrap_or_else(PoisonError::into_inner);
    if is_loaded != unloaded.contains(name) {
        let state = if is_loaded { "loaded" } else { "not loaded" };
        return Err(Refusal::Invalid(format!("the module {name} is {state}")));
    }
    let provided = provided::find(name)
        .ok_or_else(|| Refusal::Invalid(format!("the module {name} is part of the program and stays")))?;
    let runs = |application: &str| {
        let mut own = provided.applications.iter();
        own.any(|name| name.eq_ignore_ascii_case(application))
    };
    let is_used = context.pbx.with_switch(|switch| {
        let mut steps = switch.channels().filter_map(|channel| channel.step.as_ref());
        steps.any(|step| runs(&step.application))
    });
    if !is_loaded && is_used {
        return Err(Refusal::Conflict("a channel uses the module"));
    }
    let registry = context.pbx.registry();
    registry.set_hidden(provided.applications, provided.functions, !is_loaded);
    if is_loaded {
        unloaded.remove(name);
    } else {
        unloaded.insert(name);
    }
    drop(unloaded);
    context.pbx.publish(EventKind::ModuleChanged {
        module: Arc::from(name),
        is_loaded,
    });
    Ok(())
}

/// Reads a module's part again, or all parts, and tells the world; on the control thread.
pub async fn reload_module(context: &Rc<Context>, module: Option<&str>) -> Reloaded {
    let parts = match module.map(modules::find) {
        None => Ok(Part::ALL.to_vec()),
        Some(Found::Part(part)) => Ok(vec![part]),
        Some(Found::Empty) => Ok(Vec::new()),
        Some(Found::Fixed) => Err(Reloaded::Unsupported),
        Some(Found::Nothing) => Err(Reloaded::NotFound),
    };
    let reloaded = match parts {
        Err(reloaded) => reloaded,
        Ok(parts) => {
            let mut errors = 0;
            for part in parts {
                errors += reload::reload(context, part).await.errors;
            }
            if module.is_none() {
                context.office.note_reload();
            }
            if errors == 0 {
                Reloaded::Done
            } else {
                Reloaded::Failed
            }
        }
    };
    let status = match reloaded {
        Reloaded::Done => 0,
        Reloaded::NotFound => 2,
        Reloaded::Failed => 3,
        Reloaded::Unsupported => 6,
    };
    context.pbx.publish(EventKind::Reloaded {
        module: modules::event_name(module),
        status,
    });
    reloaded
}

impl Host for Office {
    fn identity(&self) -> &Identity {
        &self.identity
    }

    fn directories(&self) -> &Directories {
        &self.directories
    }

    fn times(&self) -> (Duration, Duration) {
        let up = self.started.elapsed();
        let reloaded = Duration::from_millis(self.reloaded_ms.load(Ordering::Relaxed));
        (up, up.saturating_sub(reloaded))
    }

    fn is_booted(&self) -> bool {
        *self.booted.borrow()
    }

    fn execute<'a>(&'a self, by: &'a Principal, line: &'a str) -> BoxFuture<'a, CommandOutput> {
        Box::pin(async move {
            let failed = |refusal: Refusal| CommandOutput {
                text: format!("{refusal}\n"),
                is_success: false,
            };
            if let Err(refusal) = check(by, Right::Administer) {
                return failed(refusal);
            }
            let (by, line) = (by.clone(), line.to_owned());
            let done =
                self.on_control(move |context| async move { command::execute(&context, &by, &line).await });
            done.await.unwrap_or_else(failed)
        })
    }

    fn modules(&self) -> Vec<Module> {
        modules::list(&self.unloaded.lock().unwrap_or_else(PoisonError::into_inner))
    }

    fn reload<'a>(
        &'a self,
        by: &'a Principal,
        module: Option<&'a str>,
    ) -> BoxFuture<'a, Result<Reloaded, Refusal>> {
        Box::pin(async move {
            check(by, Right::Administer)?;
            let module = module.map(str::to_owned);
            self.on_control(move |context| async move { reload_module(&context, module.as_deref()).await })
                .await
        })
    }

    fn set_module<'a>(
        &'a self,
        by: &'a Principal,
        module: &'a str,
        is_loaded: bool,
    ) -> BoxFuture<'a, Result<(), Refusal>> {
        Box::pin(async move {
            check(by, Right::Administer)?;
            let name = modules::full_name(module)
                .ok_or_else(|| Refusal::Invalid(format!("there is no module {module}")))?;
            self.on_control(move |context| async move { set_module(&context, name, is_loaded) })
                .await?
        })
    }

    fn logs(&self) -> Vec<LogView> {
        let channels = self.log.plan().channels.into_iter().rev();
        let view = |channel: LogChannel| LogView {
            is_file: channel.file.is_some(),
            channel: channel
                .file
                .map_or("console".to_owned(), |file| file.display().to_string()),
            levels: channel.levels.iter().map(|level| level.as_str()).collect(),
        };
        channels.map(view).collect()
    }

    fn change_log<'a>(
        &'a self,
        by: &'a Principal,
        name: &'a str,
        change: LogChange<'a>,
    ) -> BoxFuture<'a, Result<(), Refusal>> {
        Box::pin(async move {
            check(by, Right::Administer)?;
            let file = self.directories.log.join(name);
            let mut plan = self.log.plan();
            let found = plan
                .channels
                .iter()
                .position(|channel| channel.file.as_ref() == Some(&file));
            let missing = || Refusal::Invalid(format!("there is no log {name}"));
            match change {
                LogChange::Add(_) if found.is_some() => return Err(Refusal::Conflict("there is such a log")),
                LogChange::Add(_) if plan.channels.len() >= CHANNELS_MAX => {
                    return Err(Refusal::Full("logs"));
                }
                LogChange::Add(levels) => {
                    // A name stays in the folder of logs.
                    let is_plain = !name.contains('/') && !name.starts_with('.');
                    let channel = LogChannel::of(name, levels, &self.directories.log);
                    let channel = channel.filter(|channel| is_plain && channel.file.is_some());
                    plan.channels
                        .push(channel.ok_or_else(|| Refusal::Invalid("that is no log".to_owned()))?);
                }
                LogChange::Remove => {
                    plan.channels.remove(found.ok_or_else(missing)?);
                }
                LogChange::Rotate => {
                    found.ok_or_else(missing)?;
                    self.log.rotate_one(file);
                    return Ok(());
                }
            }
            self.log.follow(plan);
            Ok(())
        })
    }

    fn own<'a>(&'a self, by: &'a Principal, request: OwnRequest<'a>) -> BoxFuture<'a, OwnReply> {
        Box::pin(async move {
            let Some(asked) = Asked::read(by, &request) else {
                return own::fail(404, "Resource not found");
            };
            if let Err(refusal) = check(by, asked.needs()) {
                return own::fail(403, &refusal.to_string());
            }
            let done = self.on_control(move |context| async move { asked.answer(&context).await });
            done.await
                .unwrap_or_else(|refusal| own::fail(503, &refusal.to_string()))
        })
    }

    fn part<'a>(&'a self, by: &'a Principal, request: PartRequest) -> BoxFuture<'a, PartReply> {
        Box::pin(async move {
            let user = by.to_string();
            let found = self
                .on_control(|context| async move { context.plugins.clone() })
                .await;
            match found {
                Ok(plugins) => crate::components::ask_part(&plugins, user, request).await,
                Err(refusal) => PartReply {
                    status: 503,
                    headers: vec![("Content-type".to_owned(), "text/plain".to_owned())],
                    body: refusal.to_string().into_bytes(),
                },
            }
        })
    }

    fn rotate_logs<'a>(&'a self, by: &'a Principal) -> BoxFuture<'a, Result<(), Refusal>> {
        Box::pin(async move {
            check(by, Right::Administer)?;
            self.log.rotate();
            Ok(())
        })
    }
}
