//! The HTTP API: one file per resource. A handler parses the request into a type that cannot be wrong, calls the
//! shop and serialises the response; every error goes through [`error::ApiError`].

mod asker;
mod assets;
mod auth;
mod body;
mod cors;
mod curation;
pub mod error;
mod events;
mod explain;
mod gate;
mod health;
mod home;
mod identify;
mod keys;
mod listen;
mod navigation;
mod products;
mod profiles;
mod recommend;
mod reports;
mod scopes;
mod search;
mod suggest;

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use actix_web::dev::Server;
use actix_web::middleware::from_fn;
use actix_web::{App, HttpRequest, HttpResponse, HttpServer, web};
use jiff::Timestamp;

use crate::config::ServerConfig;
use crate::shop::Shop;
use error::ApiError;
pub use gate::Gate;
pub use listen::ListenError;

/// The state that every handler receives.
#[derive(Debug, Clone)]
pub struct AppState {
    /// The running shop.
    pub shop: Arc<Shop>,
    /// The limits of the server.
    pub config: Arc<ServerConfig>,
    /// The keys and their rights.
    pub gate: Arc<Gate>,
}

/// A server bound to its address and ready to run.
pub struct Bound {
    /// The address it listens on.
    pub address: SocketAddr,
    /// The server; it runs until it is stopped.
    pub server: Server,
}

impl std::fmt::Debug for Bound {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(out, "Bound({})", self.address)
    }
}

/// Binds the address of `config` and prepares the server. Must be called inside a runtime,
/// which also watches for new generations.
///
/// # Errors
/// If the address cannot be bound, or other machines can reach it and there is no admin key yet.
pub fn bind(shop: &Arc<Shop>, config: ServerConfig) -> Result<Bound, ListenError> {
    let (listener, gate) = listen::listen(&config.listen, config.storefront, shop, Timestamp::now())?;
    let listen = config.listen.clone();
    let unusable = |source| ListenError::Address { listen: listen.clone(), source };
    let address = listener.local_addr().map_err(unusable)?;
    let workers = match config.workers {
        0 => std::thread::available_parallelism().map_or(2, usize::from),
        workers => workers,
    };
    let watch = Duration::from_millis(config.watch_ms.max(10));
    let state = AppState { shop: Arc::clone(shop), config: Arc::new(config), gate: Arc::new(gate) };
    // Middleware wrapped last runs first: a preflight request is answered before the key is checked.
    let app = move || {
        let cors = cors::cors(&state.config.cors_origins);
        App::new().configure(|app| routes(app, &state)).wrap(from_fn(auth::check)).wrap(cors)
    };
    let server = HttpServer::new(app).workers(workers).shutdown_timeout(10).listen(listener).map_err(unusable)?.run();
    actix_web::rt::spawn(watch_generations(Arc::downgrade(shop), watch));
    Ok(Bound { address, server })
}

/// Adds every address of the API.
fn routes(app: &mut web::ServiceConfig, state: &AppState) {
    app.app_data(web::Data::new(state.clone()))
        .app_data(web::PayloadConfig::new(state.config.max_body_bytes))
        .service(resource("/v1/search").route(web::post().to(search::post)).route(web::get().to(search::get)))
        .service(resource("/v1/search/explain").route(web::post().to(explain::post)))
        .service(resource("/v1/suggest").route(web::get().to(suggest::get)))
        .service(resource("/v1/recommend").route(web::post().to(recommend::post)))
        .service(resource("/v1/home").route(web::post().to(home::post)))
        .service(resource("/v1/navigation").route(web::post().to(navigation::post)))
        .service(resource("/v1/products/batch").route(web::post().to(products::batch::post)))
        .service(
            resource("/v1/products/{id}")
                .route(web::get().to(products::get))
                .route(web::put().to(products::put))
                .route(web::patch().to(products::patch))
                .route(web::delete().to(products::delete)),
        )
        .service(resource("/v1/events").route(web::post().to(events::post)))
        .service(resource("/v1/identify").route(web::post().to(identify::link)))
        .service(resource("/v1/identify/unlink").route(web::post().to(identify::unlink)))
        .service(
            resource("/v1/profiles/{id}").route(web::get().to(profiles::get)).route(web::delete().to(profiles::delete)),
        )
        .service(resource("/v1/profiles/{id}/export").route(web::get().to(profiles::export)))
        .service(resource("/v1/profiles/{id}/consent").route(web::put().to(profiles::consent)))
        .service(resource("/v1/profiles/{id}/preferences").route(web::put().to(profiles::preferences)))
        .service(resource("/v1/reports/visits").route(web::get().to(reports::visits)))
        .service(resource("/v1/reports/identity").route(web::get().to(reports::identity)))
        .service(resource("/v1/reports/attribution").route(web::get().to(reports::attribution)))
        .configure(curation::routes)
        .configure(|app| assets::routes(app, state.config.storefront))
        .service(resource("/v1/erasures/{receipt}").route(web::get().to(profiles::receipt)))
        .service(resource("/v1/keys").route(web::get().to(keys::list)).route(web::post().to(keys::create)))
        .service(resource("/v1/keys/{id}").route(web::delete().to(keys::revoke)))
        .service(resource("/healthz").route(web::get().to(health::healthz)).route(web::head().to(health::healthz)))
        .service(resource("/readyz").route(web::get().to(health::readyz)).route(web::head().to(health::readyz)))
        .default_service(web::to(not_found));
}

/// An address that answers methods it does not take with an error of our own.
fn resource(path: &str) -> actix_web::Resource {
    web::resource(path).default_service(web::to(method_not_allowed))
}

async fn not_found(state: web::Data<AppState>, request: HttpRequest) -> Result<HttpResponse, ApiError> {
    if let Some(page) = state.config.storefront.then(|| assets::missing(&request)).flatten() {
        return page;
    }
    Err(ApiError::not_found(format!("there is nothing at {}", request.path())))
}

async fn method_not_allowed(request: HttpRequest) -> Result<&'static str, ApiError> {
    Err(ApiError::method_not_allowed(format!("{} does not take {}", request.path(), request.method())))
}

/// Opens newly published generations and reads changed rules and synonyms, every `every`, until the shop closes.
async fn watch_generations(shop: std::sync::Weak<Shop>, every: Duration) {
    let (mut failed, mut curation_failed) = (None, None);
    loop {
        actix_web::rt::time::sleep(every).await;
        let Some(shop) = shop.upgrade() else { return };
        curation::watch(&shop, &mut curation_failed).await;
        let refreshed = web::block(move || shop.refresh()).await;
        match refreshed {
            Ok(Ok(true)) => {
                tracing::info!("a new generation is published: requests are answered from it now");
                failed = None;
            }
            Ok(Ok(false)) => failed = None,
            Ok(Err(error)) => {
                // Logged once, not at every look.
                let message = error.to_string();
                if failed.as_ref() != Some(&message) {
                    tracing::error!(
                        "the published generation cannot be opened, the previous one stays in use: {message}"
                    );
                }
                failed = Some(message);
            }
            Err(_) => return,
        }
    }
}
