//! One address of the API with its handlers by method. Methods that it does not take get an error of our own, with the
//! methods that it does.

use std::sync::Arc;

use actix_web::dev::{AppService, HttpServiceFactory};
use actix_web::http::Method;
use actix_web::http::header::{ALLOW, HeaderValue};
use actix_web::{FromRequest, Handler, HttpRequest, Resource, Responder, ResponseError, web};

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

impl HttpServiceFactory for Endpoint {
    fn register(self, config: &mut AppService) {
        let methods: Vec<&str> = self.methods.iter().map(Method::as_str).collect();
        let allowed: Arc<str> = methods.join(", ").into();
        let refuse = move |request: HttpRequest| {
            let message = format!("{} does not take {}, but {allowed}", request.path(), request.method());
            let mut response = ApiError::method_not_allowed(message).error_response();
            if let Ok(methods) = HeaderValue::from_str(&allowed) {
                response.headers_mut().insert(ALLOW, methods);
            }
            async move { response }
        };
        self.resource.default_service(web::to(refuse)).register(config);
    }
}
