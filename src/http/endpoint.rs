//! One address of the API with its handlers by method. Methods that it does not take get an error of our own, with the
//! methods that it does.

use std::sync::Arc;

use actix_web::dev::{AppService, HttpServiceFactory};
use actix_web::http::Method;
use actix_web::http::header::{ALLOW, HeaderValue};
use actix_web::{FromRequest, Handler, HttpRequest, Resource, Responder, ResponseError, guard, web};

use super::error::ApiError;

/// An address and its handlers.
pub(super) struct Endpoint {
    resource: Resource,
    methods: Vec<Method>,
}

/// An address that takes no method yet.
pub(super) fn endpoint(path: &str) -> Endpoint {
    Endpoint { resource: web::resource(path), methods: Vec::new() }
}

impl Endpoint {
    /// The same address, where requests of a method go to a handler.
    pub(super) fn on<F, Args>(mut self, method: Method, handler: F) -> Self
    where
        F: Handler<Args>,
        Args: FromRequest + 'static,
        F::Output: Responder + 'static,
    {
        self.methods.push(method.clone());
        Self { resource: self.resource.route(web::method(method).to(handler)), ..self }
    }
}

impl Endpoint {
    /// The same address, where a `GET` without parameters goes to a handler, and one with parameters is refused.
    pub(super) fn get<F, Args>(mut self, handler: F) -> Self
    where
        F: Handler<Args>,
        Args: FromRequest + 'static,
        F::Output: Responder + 'static,
    {
        self.methods.push(Method::GET);
        let is_alone = guard::fn_guard(|context| context.head().uri.query().is_none_or(str::is_empty));
        let route = web::method(Method::GET).guard(is_alone).to(handler);
        Self { resource: self.resource.route(route), ..self }
    }
}

impl HttpServiceFactory for Endpoint {
    fn register(self, config: &mut AppService) {
        let known = self.methods.clone();
        let methods: Vec<&str> = self.methods.iter().map(Method::as_str).collect();
        let allowed: Arc<str> = methods.join(", ").into();
        let refuse = move |request: HttpRequest| {
            let (path, method) = (request.path(), request.method());
            let error = match known.contains(method) {
                true => {
                    let name = request.query_string().split(['=', '&']).next().unwrap_or_default();
                    let message = format!("unknown parameter `{name}`: {path} takes none");
                    ApiError::bad_request("unknown_field", message).at(name)
                }
                false => ApiError::method_not_allowed(format!("{path} does not take {method}, but {allowed}")),
            };
            let mut response = error.error_response();
            if let Ok(methods) = HeaderValue::from_str(&allowed) {
                response.headers_mut().insert(ALLOW, methods);
            }
            async move { response }
        };
        self.resource.default_service(web::to(refuse)).register(config);
    }
}
