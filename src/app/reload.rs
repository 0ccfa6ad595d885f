//! What a SIGHUP does: rules, sensors and plan are read again. Addresses, brokers, ports and upstream need a restart.

use std::sync::Arc;

use super::{Parts, day, settings};
use crate::config::{self, Loaded};
use crate::facts::Subject;

pub(super) async fn run(parts: &Parts) {
    let Some(path) = &parts.path else { return };
    let _turn = parts.plan_turn.lock().await;
    let Loaded { config, plan } = match config::load(path, parts.clock.now()) {
        Ok(loaded) => loaded,
        Err(faults) => {
            for fault in &faults {
                tracing::error!(%fault, "the new configuration or plan is refused; the old one stays");
            }
            return;
        }
    };
    match renew(parts, &config, plan).await {
        Ok(()) => tracing::info!("rules, sensors and plan are read again"),
        Err(fault) => tracing::error!(%fault, "not everything of the new configuration could be taken"),
    }
}

async fn renew(parts: &Parts, config: &config::Config, plan: crate::facts::plan::Plan) -> anyhow::Result<()> {
    let routes = settings::routes(config)?;
    day::set_rules(&parts.recorder, config).await?;
    let now = parts.clock.now();
    let (directory, _) =
        day::set_plan(&parts.recorder, &parts.reader, plan, now, parts.keep_names, Subject::Gateway).await?;
    parts.directory.store(Arc::new(directory));
    parts.intake.routes.store(Arc::new(routes));
    parts.intake.kiosk_limit.store(Arc::new(config.rules.silent.kiosk.after));
    Ok(())
}
