//! The host of a world: the real control loop, dialplan, applications and directory.

use crate::chance::derive;
use crate::faults;
use crate::judge::Judge;
use crate::layers::{Layers, Own, Parted};
use crate::led::Led;
use crate::people::{PHONES, user};
use crate::plugins::{self, Running};
use crate::programs::Programs;
use crate::spec::WorldSpec;
use crate::stage::{HOST, SimMedia, SimWire, Stage};
use jiff::tz::TimeZone;
use std::fmt::Write as _;
use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::{mpsc, oneshot};
use tokio::task::JoinHandle;
use ucx_application::ApplicationHandle;
use ucx_dialplan::Dialplan;
use ucx_gateway::GatewayConfig;
use ucx_media::{Sound, ToneGenerator, ToneSpec};
use ucx_net::{Control, ControlConfig, MemorySounds, SharedDirectory};
use ucx_pbx::{Delivery, Directories, Pbx, PbxConfig, Registry, SubscribeSpec, Subscription};
use ucx_sip::{Endpoint, EndpointConfig, LocalTransport, TransportId, TransportKind};
use ucx_switch::SwitchConfig;

/// When every world begins, in seconds since 1970.
pub(crate) const EPOCH_S: u64 = 1_700_000_000;

/// Media events that may wait for the control loop.
const MEDIA_EVENTS_MAX: usize = 65_536;

/// Events that may wait for the world to read them.
pub(crate) const EVENTS_MAX: usize = 65_536;

/// Where manifests send calls that their components fail.
pub(crate) const RESCUE: &str = "rescue";

/// The password of every phone.
pub(crate) const PASSWORD: &str = "open sesame";

/// What the numbers of the world do. Every call ends by itself or by whoever answered.
const NUMBERS: &str = "
[main]
exten => _600[1-8],1,Dial(PJSIP/${EXTEN},${RINGS})
 same => n,Hangup()
exten => 700,1,Answer()
 same => n,Echo()
 same => n,Hangup()
exten => 701,1,Playback(chime&no-such-sound&chime)
 same => n,Hangup()
exten => _71[1-8][1-8],1,Dial(PJSIP/600${EXTEN:2:1}&PJSIP/600${EXTEN:3:1},${RINGS})
 same => n,Hangup()
exten => _72[1-8],1,Dial(Local/600${EXTEN:2}@main,8)
 same => n,Hangup()
exten => _73[1-8],1,Dial(Local/600${EXTEN:2}@main/n,8)
 same => n,Hangup()
exten => _74[1-8][1-8],1,Dial(Local/600${EXTEN:2:1}@main&PJSIP/600${EXTEN:3:1},8,r)
 same => n,Hangup()
exten => _75[1-8],1,Dial(Local/72${EXTEN:2}@main,9)
 same => n,Hangup()
exten => 760,1,Answer()
 same => n,Layers()
 same => n,Wait(3600)
exten => 762,1,Set(TIMEOUT(absolute)=2)
 same => n,Answer()
 same => n,Echo()
exten => 763,1,Busy(1)
exten => 764,1,Dial(PJSIP/nobody&PJSIP/6099)
 same => n,Playback(chime)
 same => n,Hangup()
exten => 765,1,Answer()
 same => n,Dial(PJSIP/6001&PJSIP/6002,1)
 same => n,Playback(chime)
 same => n,Dial(PJSIP/6003,2)
 same => n,Hangup()
exten => _78X,1,Answer()
 same => n,AGI(agi://${UNIQUEID}/script)
 same => n,NoOp(asked ${AGISTATUS})
 same => n,Playback(chime)
 same => n,Hangup()
exten => 790,1,Answer()
 same => n,AGI(agi:async)
 same => n,NoOp(brought ${AGISTATUS})
 same => n,Hangup()
exten => 791,1,Stasis(app1)
 same => n,NoOp(stayed ${STASISSTATUS})
 same => n,Playback(chime)
 same => n,Hangup()
exten => 792,1,Answer()
 same => n,Stasis(app2,one,two)
 same => n,AGI(agi://${UNIQUEID}/after)
 same => n,NoOp(stayed ${STASISSTATUS} and asked ${AGISTATUS})
 same => n,Hangup()
exten => 795,1,AGI(agi://${UNIQUEID}/early)
 same => n,NoOp(asked ${AGISTATUS})
 same => n,Stasis(nobody)
 same => n,NoOp(stayed ${STASISSTATUS})
 same => n,Hangup()
exten => 796,1,Goto(last,s,1)
exten => 797,1,Dial(Local/791@main/n,8)
 same => n,Hangup()
exten => _77X,1,Wasm(prefix-router)
 same => n,Dial(PJSIP/6001,3)
 same => n,Hangup()
exten => 768,1,Wasm(wayward,answer,play chime,timer 100,next,sleep 50,dial 6001,connect)
 same => n,NoOp(led ${WASMSTATUS})
 same => n,Hangup()
exten => 769,1,Wasm(wayward,answer,music default,sleep 200,gather chime,meet,dial 6002,meet,sleep 500)
 same => n,Hangup()
exten => h,1,NoOp(ended ${DIALSTATUS} ${HANGUPCAUSE} ${ANSWEREDTIME})
exten => T,1,NoOp(time is up)
 same => n,Hangup()
[rescue]
exten => first,1,NoOp(rescued ${WASMSTATUS})
 same => n,Playback(chime)
 same => n,Hangup()
exten => second,1,NoOp(rescued as the second says ${WASMSTATUS})
 same => n,Playback(chime)
 same => n,Hangup()
[last]
exten => s,1,Answer()
 same => n,Wait(1)
 same => n,Hangup()
exten => h,1,AGI(agi://${UNIQUEID}/last)
 same => n,NoOp(asked ${AGISTATUS} at the end)
";

/// The dialplan in its `generation`th edition.
pub(crate) fn dialplan(generation: u64) -> Arc<Dialplan> {
    let text = format!(
        "[globals]\nGENERATION={generation}\nRINGS={}\n{NUMBERS}{}",
        4 + generation % 3,
        crate::script::NUMBERS
    );
    let (config, _) = ucx_config::parse_text("extensions.conf", &text);
    let (plan, _) = ucx_dialplan::load(&config);
    Arc::new(plan)
}

fn pjsip(seed: u64) -> ucx_config::pjsip::Pjsip {
    let mut text = "[udp]\ntype=transport\nprotocol=udp\nbind=10.0.0.1\n".to_owned();
    for phone in 0..PHONES {
        let name = user(phone);
        let allow = if (seed >> phone) & 1 == 0 {
            "ulaw,alaw"
        } else {
            "alaw,ulaw"
        };
        let _ = write!(
            text,
            "[{name}]\ntype=endpoint\ncontext=main\ndisallow=all\nallow={allow}\nauth={name}\naors={name}\n\
             callerid=Phone {phone} <{name}>\n\
             [{name}]\ntype=auth\nauth_type=userpass\nusername={name}\npassword={PASSWORD}\n\
             [{name}]\ntype=aor\nmax_contacts=1\nremove_existing=yes\n"
        );
    }
    let (config, _) = ucx_config::parse_text("pjsip.conf", &text);
    ucx_config::pjsip::load(&config).0
}

fn sounds() -> MemorySounds {
    let mut samples = vec![0; 4_000];
    ToneGenerator::new(ToneSpec::steady(620, 0)).fill(&mut samples);
    MemorySounds::default().with("chime", Sound::from_samples(&samples))
}

fn endpoint(seed: u64, directory: &SharedDirectory) -> Endpoint {
    let local = LocalTransport {
        id: TransportId(0),
        kind: TransportKind::Udp,
        addr: HOST,
        advertised: HOST,
    };
    let mut directory = directory.0.borrow_mut();
    directory.set_local(vec![local.clone()]);
    let mut config = EndpointConfig::new(derive(seed, "sip"), vec![local]);
    config.started_at_unix_s = Some(EPOCH_S);
    let mut sip = Endpoint::new(config);
    sip.set_accounts(directory.load(&pjsip(seed)));
    sip
}

fn pbx(seed: u64, registry: Registry, directory: &SharedDirectory) -> Pbx {
    Pbx::new(PbxConfig {
        switch: SwitchConfig {
            epoch_s: EPOCH_S,
            seed: derive(seed, "switch"),
            ..SwitchConfig::default()
        },
        dialplan: dialplan(0),
        registry,
        technologies: Box::new(directory.clone()),
        local_times: Box::new(()),
        constants: Vec::new(),
        seed: derive(seed, "pbx"),
        ..PbxConfig::default()
    })
}

/// The control loop over the world's drivers.
fn control(pbx: &Pbx, sip: Endpoint, stage: &Rc<Stage>, directory: SharedDirectory) -> Control<SimMedia> {
    Control::new(ControlConfig {
        pbx: pbx.clone(),
        sip,
        media: SimMedia {
            stage: stage.clone(),
            pbx: pbx.clone(),
        },
        directory,
        sounds: Rc::new(sounds()),
        media_address: None,
    })
    .with_recordings_nowhere()
}

/// A host that runs.
pub(crate) struct Host {
    pub pbx: Pbx,
    pub events: Subscription,
    pub control: JoinHandle<Control<SimMedia>>,
    pub stop: oneshot::Sender<()>,
    pub guests: Option<Guests>,
    /// Who watches the calls that a component leads by chance, and those of a script.
    pub led: Option<Led>,
    pub judge: Option<Judge>,
    /// Its components, as long as it lives.
    pub components: Option<Running>,
    _parted: Parted,
}

/// Who takes part in calls through the interfaces.
pub(crate) struct Guests {
    pub programs: Rc<Programs>,
    pub handle: ApplicationHandle,
}

impl Guests {
    fn new(spec: &WorldSpec, stage: &Rc<Stage>) -> Self {
        Self {
            programs: Rc::new(Programs::new(spec.seed, stage.clone())),
            handle: ApplicationHandle::new(Arc::from("02:00:00:00:00:01"), TimeZone::UTC),
        }
    }

    fn register(&self, spec: &WorldSpec, registry: &mut Registry) {
        let config = GatewayConfig {
            scopes: ucx_call::Scopes::default(),
            version: Arc::from("22.5.0"),
            directories: Directories::default(),
            seed: spec.seed,
        };
        faults::register(spec.fault, registry, config, self.programs.clone());
        self.handle.register(registry);
    }

    /// Messages go out from now on.
    fn begin(&self, pbx: &Pbx) -> Result<(), String> {
        let attached = self.handle.attach_at(pbx, Duration::from_secs(EPOCH_S));
        attached.map_err(|refusal| refusal.to_string())?;
        let fan = self.handle.fan().ok_or("the fan is taken")?;
        tokio::task::spawn_local(fan.run());
        Ok(())
    }
}

impl Host {
    /// Builds the host and starts its control loop.
    pub(crate) async fn start(spec: &WorldSpec) -> Result<(Self, Rc<Stage>), String> {
        let (media_events, media_inbox) = mpsc::channel(MEDIA_EVENTS_MAX);
        let stage = Rc::new(Stage::new(spec.seed, spec.weather, media_events));
        let directory = SharedDirectory::default();
        #[cfg_attr(not(feature = "faults"), allow(unused_mut))]
        let mut sip = endpoint(spec.seed, &directory);
        let own = Own::default();
        let guests = spec.has_guests.then(|| Guests::new(spec, &stage));
        let mut registry = Registry::new();
        ucx_apps::register(&mut registry);
        registry.application(Layers {
            pbx: own.clone(),
            stage: stage.clone(),
        });
        let installed = match &spec.component {
            Some(folder) => Some(plugins::install(spec, folder, &mut registry).await?),
            None => None,
        };
        if let Some(guests) = &guests {
            guests.register(spec, &mut registry);
        }
        let pbx = pbx(spec.seed, registry, &directory);
        own.set(pbx.clone());
        let parted = Parted(own);
        let all = SubscribeSpec {
            capacity: EVENTS_MAX,
            ..SubscribeSpec::all("world")
        };
        let events = pbx.subscribe(all).map_err(|refusal| refusal.to_string())?;
        #[cfg(feature = "faults")]
        faults::inject(
            spec.fault,
            &pbx,
            &mut sip,
            guests.as_ref().map(|guests| &guests.handle),
        );
        if let Some(guests) = &guests {
            guests.begin(&pbx)?;
        }
        if let Some(installed) = &installed {
            installed.take_part(spec, &pbx).await?;
        }
        let control = control(&pbx, sip, &stage, directory);
        let wire = SimWire {
            stage: stage.clone(),
            pbx: pbx.clone(),
            shares: installed.as_ref().and_then(|installed| installed.shares.clone()),
        };
        let (stop, stopped) = oneshot::channel();
        let until = async move {
            // A world that is gone stops its host as well.
            let _ = stopped.await;
        };
        let control = tokio::task::spawn_local(ucx_net::run(control, wire, media_inbox, until));
        let (led, judge, components) = match installed {
            Some(installed) => (installed.led, installed.judge, Some(installed.host)),
            None => (None, None, None),
        };
        let host = Self {
            pbx,
            events,
            control,
            stop,
            guests,
            led,
            judge,
            components,
            _parted: parted,
        };
        Ok((host, stage))
    }

    /// The next event that is there; a gap is a broken rule.
    pub(crate) fn next_event(&mut self) -> Option<Result<Arc<ucx_call::Event>, String>> {
        self.events.try_recv().map(|delivery| match delivery {
            Delivery::Event(event) => Ok(event),
            Delivery::Gap { lost } => Err(format!("the stream lost {lost} events")),
        })
    }
}
