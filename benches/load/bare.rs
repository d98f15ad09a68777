//! The bare handler: actix alone, returning bytes that it holds. A process of its own, as the program is.

use std::collections::HashMap;
use std::path::Path;

use actix_web::{App, HttpResponse, HttpServer, web};

/// Serves each file of the folder under its name, by POST, until the process is ended.
pub fn serve(folder: &Path) {
    let mut answers: HashMap<String, web::Bytes> = HashMap::new();
    for entry in std::fs::read_dir(folder).expect("the answers").flatten() {
        let name = entry.file_name().to_string_lossy().into_owned();
        answers.insert(name, std::fs::read(entry.path()).expect("an answer").into());
    }
    let answers = web::Data::new(answers);
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().expect("a runtime");
    runtime.block_on(async {
        let handler =
            async |name: web::Path<String>, answers: web::Data<HashMap<String, web::Bytes>>, _body: web::Bytes| {
                match answers.get(name.as_str()) {
                    // An answer without a body is one that the client holds already.
                    Some(bytes) if bytes.is_empty() => HttpResponse::NotModified().finish(),
                    Some(bytes) => HttpResponse::Ok().content_type("application/json").body(bytes.clone()),
                    None => HttpResponse::NotFound().finish(),
                }
            };
        let factory = move || App::new().app_data(answers.clone()).route("/{name}", web::post().to(handler));
        let server = HttpServer::new(factory).bind(("127.0.0.1", 0)).expect("a free port");
        eprintln!("bare serves http://{}", server.addrs()[0]);
        server.run().await.expect("it serves");
    });
}
