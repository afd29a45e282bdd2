//! The HTTP API: one file per resource. A handler parses the request into a type that cannot be wrong, calls the
//! shop and serialises the response; every error goes through [`error::ApiError`].

mod asker;
mod assets;
mod auth;
mod body;
mod cors;
mod cost;
mod curation;
mod endpoint;
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
mod parameters;
mod private;
mod products;
mod profiles;
mod recommend;
mod reports;
mod scopes;
mod search;
mod suggest;
mod visitor;
mod work;

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use actix_web::dev::Server;
use actix_web::http::Method;
use actix_web::middleware::from_fn;
use actix_web::{App, HttpRequest, HttpResponse, HttpServer, web};
use jiff::Timestamp;

use crate::config::ServerConfig;
use crate::load::WorkerPool;
use crate::shop::Shop;
pub use body::BodyBytes;
use endpoint::endpoint;
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
    /// The bytes of request bodies held now.
    pub bodies: Arc<BodyBytes>,
    /// The threads that do what takes time.
    pub pool: Arc<WorkerPool>,
}

/// A server bound to its address and ready to run.
pub struct Bound {
    /// The address it listens on.
    pub address: SocketAddr,
    /// The server; it runs until it is stopped.
    pub server: Server,
    /// The threads of its work; they are stopped after it.
    pub pool: Arc<WorkerPool>,
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
    let (listener, gate) = listen::listen(&config, shop, Timestamp::now())?;
    let listen = config.listen.clone();
    let unusable = |source| ListenError::Address { listen: listen.clone(), source };
    let address = listener.local_addr().map_err(unusable)?;
    let workers = match config.workers {
        0 => std::thread::available_parallelism().map_or(2, usize::from),
        workers => workers,
    };
    let watch = Duration::from_millis(config.watch_ms.max(10));
    let pool = Arc::new(WorkerPool::start(&config.load).map_err(ListenError::Threads)?);
    let own_pool = Arc::clone(&pool);
    let bodies = BodyBytes::new(config.max_bodies_bytes.max(config.max_body_bytes));
    let state = AppState { shop: Arc::clone(shop), config: Arc::new(config), gate: Arc::new(gate), bodies, pool };
    // Middleware wrapped last runs first: a preflight request is answered before the key is checked.
    let app = move || {
        let cors = cors::cors(&state.config.cors_origins);
        App::new().configure(|app| routes(app, &state)).wrap(from_fn(auth::check)).wrap(cors)
    };
    let server = HttpServer::new(app)
        .workers(workers)
        .shutdown_timeout(10)
        // A client that closes its side has left: its request is dropped, and with it the work for it.
        .h1_allow_half_closed(false)
        .listen(listener)
        .map_err(unusable)?
        .run();
    actix_web::rt::spawn(watch_generations(Arc::downgrade(shop), watch));
    Ok(Bound { address, server, pool: own_pool })
}

/// Adds every address of the API.
fn routes(app: &mut web::ServiceConfig, state: &AppState) {
    app.app_data(web::Data::new(state.clone()))
        .app_data(
            web::PathConfig::default().error_handler(|_, request| {
                ApiError::not_found(format!("there is nothing at {}", request.path())).into()
            }),
        )
        .service(endpoint("/v1/search").on(Method::POST, search::post).on(Method::GET, search::get))
        .service(endpoint("/v1/search/explain").on(Method::POST, explain::post))
        .service(endpoint("/v1/suggest").on(Method::GET, suggest::get))
        .service(endpoint("/v1/recommend").on(Method::POST, recommend::post))
        .service(endpoint("/v1/home").on(Method::POST, home::post))
        .service(endpoint("/v1/navigation").on(Method::POST, navigation::post))
        .service(endpoint("/v1/products/batch").on(Method::POST, products::batch::post))
        .service(
            endpoint("/v1/products/{id}")
                .get(products::get)
                .on(Method::PUT, products::put)
                .on(Method::PATCH, products::patch)
                .on(Method::DELETE, products::delete),
        )
        .service(endpoint("/v1/events").on(Method::POST, events::post))
        .service(endpoint("/v1/identify").on(Method::POST, identify::link))
        .service(endpoint("/v1/identify/unlink").on(Method::POST, identify::unlink))
        .service(endpoint("/v1/profiles/{id}").on(Method::GET, profiles::get).on(Method::DELETE, profiles::delete))
        .service(endpoint("/v1/profiles/{id}/export").on(Method::GET, profiles::export))
        .service(endpoint("/v1/profiles/{id}/consent").on(Method::PUT, profiles::consent))
        .service(endpoint("/v1/profiles/{id}/preferences").on(Method::PUT, profiles::preferences))
        .service(endpoint("/v1/reports/visits").get(reports::visits))
        .service(endpoint("/v1/reports/identity").get(reports::identity))
        .service(endpoint("/v1/reports/attribution").get(reports::attribution))
        .configure(curation::routes)
        .configure(|app| assets::routes(app, state.config.storefront))
        .service(endpoint("/v1/erasures/{receipt}").get(profiles::receipt))
        .service(endpoint("/v1/keys").get(keys::list).on(Method::POST, keys::create))
        .service(endpoint("/v1/keys/{id}").on(Method::DELETE, keys::revoke))
        .service(endpoint("/healthz").on(Method::GET, health::healthz).on(Method::HEAD, health::healthz))
        .service(endpoint("/readyz").on(Method::GET, health::readyz).on(Method::HEAD, health::readyz))
        .default_service(web::to(not_found));
}

async fn not_found(state: web::Data<AppState>, request: HttpRequest) -> Result<HttpResponse, ApiError> {
    if let Some(page) = state.config.storefront.then(|| assets::missing(&request)).flatten() {
        return page;
    }
    Err(ApiError::not_found(format!("there is nothing at {}", request.path())))
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
