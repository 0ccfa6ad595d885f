//! The only wiring: open, spawn, say what is bound, wait, drain in order.
//!
//! Promises that nothing listens before the journal is open and the rules know the day, and that at the end devices
//! stop first, the last commit comes after them, and the journal is closed last. Decides nothing about data.

mod backup;
mod conditions;
mod day;
mod disk;
mod memory;
mod planning;
mod privacy;
mod reload;
mod salvage;
mod settings;
mod teller;
mod waiting;

use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context;
use arc_swap::ArcSwap;
use tokio::net::TcpListener;
use tokio::sync::{Mutex, watch};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::clock::{self, Clock};
use crate::config::{Config, Loaded, RulesFile};
use crate::conservation::{self, Conservation};
use crate::counters::Counters;
use crate::devices::mqtt::client::Client;
use crate::devices::mqtt::intake::Intake;
use crate::devices::mqtt::listener::{Listener, ListenerSettings};
use crate::devices::mqtt::outlet::Outlet;
use crate::devices::{payload, serial};
use crate::facts::plan::Plan;
use crate::facts::{Seq, Span, Subject};
use crate::journal::{self, Journal, JournalFault, Reader};
use crate::plan::SharedDirectory;
use crate::recorder::{self, Handle};
use crate::rules::{Other, Settings};
use crate::sinks;
use crate::sinks::notify::{self, NotifyView};
use crate::sinks::upstream::{self, UpstreamView};
use crate::web;
pub use backup::{CONFIG_ATTACHED, PLAN_ATTACHED, attachments};
pub use memory::share as share_memory;
use teller::Audience;
pub use waiting::{room_wanted, until_disk_takes};

/// After a stop, devices and outputs get this long to finish what they are at.
const DRAIN_MAX: Duration = Duration::from_secs(5);

/// What a gateway is started with.
pub struct Start {
    /// Configuration and plan.
    pub loaded: Loaded,
    /// Where they were read, to be read again at a SIGHUP; none: there is nothing to read again.
    pub path: Option<PathBuf>,
    /// The clock; none: the machine's own.
    pub clock: Option<Clock>,
}

/// A running gateway.
pub struct App {
    /// Where the dashboard and the API are.
    pub http: SocketAddr,
    /// Where the built-in broker is.
    pub mqtt: Option<SocketAddr>,
    /// The counters.
    pub counters: Arc<Counters>,
    /// How upstream stands.
    pub upstream: watch::Receiver<UpstreamView>,
    /// The way to the recorder.
    pub recorder: Handle,
    parts: Parts,
    listener: Option<Listener>,
    cancel: CancellationToken,
    tasks: TaskTracker,
}

/// What a reload or a new plan changes.
#[derive(Clone)]
struct Parts {
    path: Option<PathBuf>,
    recorder: Handle,
    reader: Reader,
    directory: SharedDirectory,
    intake: Arc<Intake>,
    clock: Clock,
    /// How long after their visits the names of guests stay.
    keep_names: Span,
    /// Held by whoever changes the plan or its names, from reading what holds until the directory shows what holds
    /// then: two at once would leave the directory of the earlier.
    plan_turn: Arc<Mutex<()>>,
}

impl std::fmt::Debug for Parts {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Parts").field("path", &self.path).finish_non_exhaustive()
    }
}

impl App {
    /// Opens the journal, teaches the rules the day, and starts to listen.
    ///
    /// # Errors
    /// When the journal cannot be opened or an address cannot be had, in words for the one who must mend it.
    pub async fn start(start: Start) -> anyhow::Result<Self> {
        let Start { loaded: Loaded { config, plan }, path, clock } = start;
        let counters = Arc::new(Counters::default());
        let now = clock.as_ref().map_or_else(clock::wall, Clock::now);
        salvage::set_aside(&config, now, None)?;
        let clock = match clock {
            Some(clock) => clock,
            None => Clock::system(journal::newest_stamp(&config.data.dir)?, settings::vouchers(&config)),
        };
        let recorder = match open_recorder(&config, &clock, &counters) {
            Err(fault) if fault.is_damage() && salvage::set_aside(&config, now, Some(&fault))? => {
                open_recorder(&config, &clock, &counters)?
            }
            opened => opened?,
        };
        let begun = Self::begin(recorder.clone(), config, plan, path, clock, counters).await;
        if begun.is_err() {
            // Its thread waits on this runtime, and must end before it.
            recorder.stop().await;
        }
        begun
    }

    /// Everything around the recorder.
    async fn begin(
        recorder: Handle,
        config: Config,
        plan: Plan,
        path: Option<PathBuf>,
        clock: Clock,
        counters: Arc<Counters>,
    ) -> anyhow::Result<Self> {
        let reader = Reader::open(&config.data.dir)?;
        day::set_rules(&recorder, &config).await?;
        // A notifier that is new tells what came after this.
        let from = reader.newest()?;
        salvage::tell(&recorder, &reader).await?;
        let keep_names = settings::days(config.data.personal_data_days);
        let (directory, _) = day::set_plan(&recorder, &reader, plan, clock.now(), keep_names, Subject::Gateway).await?;
        salvage::report_again(&recorder, &reader, &clock).await;
        let directory = directory.shared();
        let intake = Arc::new(Intake {
            recorder: recorder.clone(),
            routes: ArcSwap::from_pointee(settings::routes(&config)?),
            births: payload::Births::default(),
            directory: Arc::clone(&directory),
            kiosk_limit: ArcSwap::from_pointee(config.rules.silent.kiosk.after),
            counters: Arc::clone(&counters),
            clock: clock.clone(),
            zone: config.site.time_zone.clone(),
        });
        let (recorder_too, plan_turn) = (recorder.clone(), Arc::default());
        let parts = Parts { path, recorder: recorder_too, reader, directory, intake, clock, keep_names, plan_turn };
        let (cancel, tasks) = (CancellationToken::new(), TaskTracker::new());
        tasks.spawn(privacy::run(parts.clone(), cancel.clone()));
        parts.watch_disk(&config, &counters, &cancel, &tasks);
        let listener = parts.listen(&config, &counters, &cancel, &tasks).await?;
        let mqtt = listener.as_ref().map(|listener| listener.address);
        parts.connect(&config, &counters, &cancel, &tasks)?;
        if config.upstream.is_none() {
            conditions::no_upstream(&parts.recorder).await?;
        }
        let backup = parts.back_up(&config, &cancel, &tasks).await?;
        let upstream = parts.deliver(&config, &counters, &cancel, &tasks)?;
        let notifiers = parts.notify(&config, &counters, from, &cancel, &tasks)?;
        let outputs = (upstream.clone(), notifiers);
        let http = parts.serve(&config, &counters, outputs, backup, &cancel, &tasks).await?;
        memory::give_back();
        Ok(Self { http, mqtt, counters, upstream, recorder, parts, listener, cancel, tasks })
    }

    /// Reads configuration and plan again; a bad file is refused whole and the old one stays.
    pub async fn reload(&self) {
        reload::run(&self.parts).await;
    }

    /// Stops in order: no new connections, then devices and outputs, then the last commit. Gives what became of
    /// everything that was heard; none where the journal cannot be read any more.
    pub async fn stop(self) -> Option<Conservation> {
        if let Some(listener) = &self.listener {
            listener.stop();
        }
        self.cancel.cancel();
        self.tasks.close();
        if tokio::time::timeout(DRAIN_MAX, self.tasks.wait()).await.is_err() {
            tracing::warn!("some parts did not finish within {} s; going on without them", DRAIN_MAX.as_secs());
        }
        self.recorder.stop().await;
        let drawn = conservation::take(&self.parts.reader, &self.counters.ledger.books());
        drawn.inspect_err(|fault| tracing::warn!(%fault, "whether everything adds up could not be told")).ok()
    }
}

fn open_recorder(config: &Config, clock: &Clock, counters: &Arc<Counters>) -> Result<Handle, JournalFault> {
    let dir = config.data.dir.clone();
    let settings = recorder::Settings { linger: settings::duration(config.journal.linger) };
    let keeping = settings::keeping(config);
    let open = move || Journal::open(&dir, recorder::new_epoch).map(|journal| journal.within(keeping));
    let runtime = tokio::runtime::Handle::current();
    recorder::start(open, settings, clock.clone(), Arc::clone(counters), runtime)
}

impl Parts {
    fn watch_disk(&self, config: &Config, counters: &Arc<Counters>, cancel: &CancellationToken, tasks: &TaskTracker) {
        let disk = disk::Disk {
            dir: config.data.dir.clone(),
            free_min: config.data.free_min.into(),
            recorder: self.recorder.clone(),
            counters: Arc::clone(counters),
        };
        tasks.spawn(disk.watch(cancel.clone()));
    }

    async fn listen(
        &self,
        config: &Config,
        counters: &Arc<Counters>,
        cancel: &CancellationToken,
        tasks: &TaskTracker,
    ) -> anyhow::Result<Option<Listener>> {
        let Some(listen) = &config.mqtt.listener else { return Ok(None) };
        let settings = ListenerSettings { bind: listen.bind, packet_max: listen.max_packet };
        let retained = self.reader.retained()?;
        let intake = Arc::clone(&self.intake);
        let counters = Arc::clone(counters);
        let listener = Listener::start(&settings, intake, self.recorder.clone(), counters, retained).await?;
        tracing::info!(address = %listener.address, "the built-in broker listens");
        self.tell(Audience::BuiltIn(listener.publisher()), cancel, tasks);
        Ok(Some(listener))
    }

    fn tell(&self, audience: Audience, cancel: &CancellationToken, tasks: &TaskTracker) {
        tasks.spawn(teller::run(self.reader.clone(), self.recorder.clone(), audience, cancel.clone()));
    }

    fn connect(
        &self,
        config: &Config,
        counters: &Arc<Counters>,
        cancel: &CancellationToken,
        tasks: &TaskTracker,
    ) -> anyhow::Result<()> {
        for settings in settings::brokers(config, &self.intake.routes.load())? {
            let outlet = Outlet::start(settings.clone(), cancel.clone());
            self.tell(Audience::Existing(outlet.clone(), settings.link()), cancel, tasks);
            let intake = Arc::clone(&self.intake);
            let (recorder, counters) = (self.recorder.clone(), Arc::clone(counters));
            let known = self.reader.cursor(&settings.session_cursor())?.is_some();
            tasks.spawn(Client { settings, intake, outlet, recorder, counters, known }.run(cancel.clone()));
        }
        for settings in settings::serial(config) {
            let recorder = self.recorder.clone();
            let keep = move |report, slip| {
                let recorder = recorder.clone();
                async move {
                    if recorder.post_heard(report, slip).await.is_err() {
                        tracing::debug!("the recorder has stopped; this position is not kept");
                    }
                }
            };
            tasks.spawn(serial::run(settings, keep, self.clock.clone(), Arc::clone(counters), cancel.clone()));
        }
        Ok(())
    }

    fn deliver(
        &self,
        config: &Config,
        counters: &Arc<Counters>,
        cancel: &CancellationToken,
        tasks: &TaskTracker,
    ) -> anyhow::Result<watch::Receiver<UpstreamView>> {
        let (state, watched) = watch::channel(UpstreamView::default());
        if let Some(settings) = settings::upstream(config)? {
            let (view, recorder) = (watched.clone(), self.recorder.clone());
            tasks.spawn(conditions::upstream(view, recorder, self.clock.clone(), cancel.clone()));
            tasks.spawn(upstream::run(
                settings,
                self.reader.clone(),
                self.recorder.clone(),
                Arc::clone(counters),
                self.clock.clone(),
                state,
                cancel.clone(),
            ));
        }
        Ok(watched)
    }

    fn notify(
        &self,
        config: &Config,
        counters: &Arc<Counters>,
        from: Seq,
        cancel: &CancellationToken,
        tasks: &TaskTracker,
    ) -> anyhow::Result<watch::Receiver<Vec<NotifyView>>> {
        let notifiers = settings::notifiers(config)?;
        let (views, watched) = watch::channel(notifiers.iter().map(NotifyView::new).collect());
        let desk = notify::Desk {
            reader: self.reader.clone(),
            recorder: self.recorder.clone(),
            directory: Arc::clone(&self.directory),
            counters: Arc::clone(counters),
            clock: self.clock.clone(),
            from,
            chance: sinks::chance,
        };
        for settings in notifiers {
            tasks.spawn(notify::run(settings, desk.clone(), views.clone(), cancel.clone()));
        }
        Ok(watched)
    }

    async fn back_up(
        &self,
        config: &Config,
        cancel: &CancellationToken,
        tasks: &TaskTracker,
    ) -> anyhow::Result<watch::Receiver<web::BackupView>> {
        if !config.backup.enabled {
            backup::not_wanted(&self.recorder).await?;
            return Ok(watch::channel(web::BackupView::default()).1);
        }
        let (reader, recorder) = (self.reader.clone(), self.recorder.clone());
        let (daily, view) = backup::Daily::new(config, self.path.clone(), reader, recorder, self.clock.clone());
        tasks.spawn(daily.run(cancel.clone()));
        Ok(view)
    }

    async fn serve(
        &self,
        config: &Config,
        counters: &Arc<Counters>,
        outputs: (watch::Receiver<UpstreamView>, watch::Receiver<Vec<NotifyView>>),
        backup: watch::Receiver<web::BackupView>,
        cancel: &CancellationToken,
        tasks: &TaskTracker,
    ) -> anyhow::Result<SocketAddr> {
        let bind = config.web.bind;
        let listener = TcpListener::bind(bind)
            .await
            .with_context(|| format!("cannot listen for HTTP on {bind}; is another program running there?"))?;
        let address = listener.local_addr()?;
        let site = web::Site {
            view: web::SiteView {
                id: config.site.id.to_string(),
                name: config.site.name.clone(),
                time_zone: config.site.time_zone.iana_name().unwrap_or("UTC").to_owned(),
                language: config.site.language.tag().to_owned(),
                tiles: config.web.tiles.is_some(),
            },
            tiles: config.web.tiles.clone(),
            recorder: self.recorder.clone(),
            reader: self.reader.clone(),
            directory: Arc::clone(&self.directory),
            counters: Arc::clone(counters),
            clock: self.clock.clone(),
            plan_desk: Arc::new(self.clone()),
            keeping: settings::kept(config, backup),
        };
        let cancel = cancel.clone();
        tasks.spawn(async move {
            if let Err(fault) = web::serve(listener, site, outputs, cancel).await {
                tracing::error!(%fault, "the web side ended");
            }
        });
        tracing::info!(%address, "the dashboard and the API are there");
        Ok(address)
    }
}

/// The notifiers that a configuration asks for.
///
/// # Errors
/// When an address cannot be read, which the configuration's own check has told before.
pub fn notifiers_of(config: &Config) -> anyhow::Result<Vec<notify::NotifySettings>> {
    settings::notifiers(config)
}

/// The rules' settings that a configuration asks for.
///
/// # Errors
/// When a sensor's topic or format cannot be read, which the configuration's own check has told before.
pub fn rules_of(config: &Config) -> anyhow::Result<Settings> {
    settings::rules(config)
}

/// The rules of a file that is tried over what was recorded.
///
/// # Errors
/// As [`rules_of`].
pub fn rules_to_try(file: RulesFile) -> anyhow::Result<Other> {
    Ok(Other { settings: settings::rules_with(file.rules, &file.sensors)?, tables: file.tables })
}
