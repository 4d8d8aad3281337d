#include "service/api/request_handler.h"

#include <gtest/gtest.h>

#include <boost/json.hpp>
#include <filesystem>
#include <fstream>
#include <stdexcept>

#include "service/http/multipart.h"

namespace face_privacy {
namespace {

namespace fs = std::filesystem;

// A pipeline that finds one face in every photo, but fails as the photo says.
PhotoPipeline fake_pipeline() {
  PhotoPipeline pipeline;
  const auto look = [](ByteView file) -> Result<DetectReport> {
    const std::string text(file.begin(), file.end());
    if (text == "damaged") return fail(ErrorCode::kDamagedPhoto, "the photo ends too early");
    if (text == "model") return fail(ErrorCode::kModel, "a secret about the inside");
    if (text == "throw") throw std::runtime_error("a secret about the inside");
    DetectReport report;
    report.format = Format::kPng;
    report.size = {100, 50};
    report.faces = {{Face{{-3, 10.4F, 20, 30.2F}, 0.75F, {}}}};
    return report;
  };
  const ModelInfo model{"model.onnx", std::string(64, 'a'), "insightface", "", "test"};
  pipeline.detect = [look, model](ByteView file, const DetectOptions&,
                                  const StopCondition&) -> Result<DetectedFaces> {
    auto report = look(file);
    if (!report) return fail(report);
    return DetectedFaces{std::move(*report), model};
  };
  pipeline.redact = [look, model](ByteView file, const PhotoOptions& options,
                                  const StopCondition&) -> Result<RedactedFile> {
    auto report = look(file);
    if (!report) return fail(report);
    RedactedFile photo;
    photo.file = Body(Bytes{'r', 'e', 'd'});
    photo.report.detection = std::move(*report);
    photo.report.output_format = options.encoding.format.value_or(Format::kPng);
    photo.report.kept = {false};
    photo.model = model;
    return photo;
  };
  pipeline.model = [model] { return model; };
  pipeline.default_min_score = [](Profile) { return 0.7F; };
  return pipeline;
}

class RequestHandlerTest : public testing::Test {
 protected:
  RequestHandlerTest() {
    status_.ready = true;
    settings_.pipeline = fake_pipeline();
    settings_.max_body_bytes = 1000;
    settings_.version = "1.2.3";
    settings_.metrics_text = [] { return std::string("metrics"); };
    settings_.stuck = [this] { return stuck_; };
    settings_.status = &status_;
  }

  static RequestHead head(Method method, std::string target, std::vector<Headers::Field> headers = {}) {
    RequestHead head;
    head.method = method;
    head.target = std::move(target);
    head.headers.add("Host", "localhost");
    for (auto& field : headers) head.headers.add(field.name, field.value);
    if (method == Method::kPost) head.content_length = 5;
    return head;
  }

  // The whole way, as the network takes it.
  Response ask(RequestHead request, std::string_view body = "photo") {
    const RequestHandler handler(settings_);
    RequestContext context = handler.begin(std::move(request));
    auto decision = handler.decide(context);
    Response response;
    if (auto* call = std::get_if<PhotoCall>(&decision)) {
      const ByteView bytes(reinterpret_cast<const std::uint8_t*>(body.data()), body.size());
      PhotoAnswer answer = handler.answer(*call, bytes, Seconds(0.001), {});
      facts_ = answer.facts;
      fault_ = answer.fault;
      response = std::move(answer.response);
    } else {
      response = std::move(std::get<Response>(decision));
    }
    handler.finish(context, response);
    return response;
  }

  std::string code(RequestHead request, std::string_view body = "photo") {
    const Response response = ask(std::move(request), body);
    return std::to_string(response.status) + " " + std::string(response.problem_code);
  }

  ServiceStatus status_;
  bool stuck_ = false;
  HandlerSettings settings_;
  std::optional<PhotoFacts> facts_;
  std::string fault_;
};

TEST_F(RequestHandlerTest, BlursARawBody) {
  const Response response = ask(head(Method::kPost, "/v1/blur?format=webp", {{"Content-Type", "image/png"}}));
  EXPECT_EQ(response.status, 200);
  EXPECT_EQ(response.body.text(), "red");
  EXPECT_EQ(response.headers.find("Content-Type"), "image/webp");
  EXPECT_EQ(response.headers.find("X-Face-Count"), "1");
  EXPECT_EQ(response.headers.find("Server-Timing"),
            "queue;dur=1.00, decode;dur=0.00, detect;dur=0.00, redact;dur=0.00, encode;dur=0.00");
  ASSERT_TRUE(facts_);
  EXPECT_FLOAT_EQ(facts_->min_score, 0.7F);
  EXPECT_EQ(facts_->size_pixels, 5000);
}

TEST_F(RequestHandlerTest, TellsWhatWasDoneBesideThePictureWhereAFormIsTaken) {
  const Response response = ask(head(Method::kPost, "/v1/blur", {{"Accept", "Multipart/Form-Data"}}));
  const auto boundary = multipart_boundary(std::string(*response.headers.find("Content-Type")));
  ASSERT_TRUE(boundary);
  const auto parts = parse_multipart(response.body.view(), *boundary);
  ASSERT_TRUE(parts);
  ASSERT_EQ(parts->size(), 2U);
  EXPECT_EQ(parts->at(0).name, "report");
  const auto text = [](ByteView bytes) { return std::string(bytes.begin(), bytes.end()); };
  const auto report = boost::json::parse(text(parts->at(0).content)).as_object();
  EXPECT_EQ(report.at("faces").as_array().size(), 1U);
  EXPECT_EQ(report.at("regions"), 0);
  EXPECT_EQ(parts->at(1).name, "image");
  EXPECT_EQ(parts->at(1).media_type, "image/png");
  EXPECT_EQ(text(parts->at(1).content), "red");
}

TEST_F(RequestHandlerTest, AnswersTheEarlierServicesJsonWithinThePicture) {
  const Response response = ask(head(Method::kPost, "/detect_faces"));
  const auto json = boost::json::parse(response.body.text()).as_object();
  const auto& area = json.at("face_1").as_object().at("facial_area").as_array();
  EXPECT_EQ(area, (boost::json::array{0, 10, 17, 41}));
}

TEST_F(RequestHandlerTest, EachFaultHasItsStatusAndCode) {
  EXPECT_EQ(code(head(Method::kGet, "/nothing")), "404 not_found");
  EXPECT_EQ(code(head(Method::kPost, "/nothing")), "404 not_found");
  EXPECT_EQ(code(head(Method::kGet, "/v1/blur")), "405 method_not_allowed");
  EXPECT_EQ(code(head(Method::kPost, "/livez")), "405 method_not_allowed");
  EXPECT_EQ(code(head(Method::kOther, "/livez")), "405 method_not_allowed");
  EXPECT_EQ(code(head(Method::kGet, "/%zz")), "400 invalid_request");
  EXPECT_EQ(code(head(Method::kGet, "/" + std::string(9000, 'a'))), "414 target_too_long");
  EXPECT_EQ(code(head(Method::kGet, "/livez", {{"Host", "again"}})), "400 invalid_request");
  EXPECT_EQ(code(head(Method::kPost, "/v1/blur", {{"Expect", "wonders"}})), "417 expectation_failed");
  EXPECT_EQ(code(head(Method::kPost, "/v1/blur?nonsense=1")), "400 unknown_option");
  EXPECT_EQ(code(head(Method::kPost, "/v1/blur?style=fill&style=fill")), "400 duplicate_option");
  EXPECT_EQ(code(head(Method::kPost, "/v1/detect?profile=slow")), "400 invalid_option");
  EXPECT_EQ(code(head(Method::kPost, "/v1/blur", {{"Content-Type", "text/plain"}})),
            "415 unsupported_media_type");
  EXPECT_EQ(code(head(Method::kPost, "/v1/blur", {{"Content-Encoding", "gzip"}})),
            "415 unsupported_media_type");
  EXPECT_EQ(code(head(Method::kPost, "/v1/blur", {{"Content-Type", "multipart/form-data"}})),
            "400 invalid_multipart");
  EXPECT_EQ(code(head(Method::kPost, "/v1/blur"), ""), "400 missing_photo");
  EXPECT_EQ(code(head(Method::kPost, "/v1/blur"), "damaged"), "422 damaged_photo");
  RequestHead large = head(Method::kPost, "/v1/blur");
  large.content_length = 1001;
  EXPECT_EQ(code(large), "413 too_many_bytes");
  RequestHead endless = head(Method::kPost, "/v1/blur");
  endless.content_length.reset();
  EXPECT_EQ(code(endless), "411 length_required");
}

TEST_F(RequestHandlerTest, SaysNothingAboutItsInside) {
  for (const char* body : {"model", "throw"}) {
    const Response response = ask(head(Method::kPost, "/v1/blur"), body);
    EXPECT_EQ(response.status, 500);
    EXPECT_EQ(response.body.text().find("secret"), std::string_view::npos);
  }
  EXPECT_NE(fault_, "");
}

TEST_F(RequestHandlerTest, ChecksOptionsBeforeTheBodyIsThere) {
  const RequestHandler handler(settings_);
  RequestContext context = handler.begin(head(Method::kPost, "/v1/blur?style=none"));
  EXPECT_TRUE(std::holds_alternative<Response>(handler.decide(context)));
}

TEST_F(RequestHandlerTest, DoesNotTakePhotosWhileStartingOrDraining) {
  status_.ready = false;
  EXPECT_EQ(code(head(Method::kPost, "/v1/blur")), "503 starting");
  EXPECT_EQ(code(head(Method::kGet, "/readyz")), "503 starting");
  EXPECT_EQ(code(head(Method::kGet, "/livez")), "200 ");
  status_.ready = true;
  status_.draining = true;
  EXPECT_EQ(code(head(Method::kPost, "/v1/blur")), "503 draining");
  EXPECT_EQ(code(head(Method::kGet, "/readyz")), "503 draining");
  EXPECT_EQ(code(head(Method::kGet, "/healthz")), "200 ");
  stuck_ = true;
  EXPECT_EQ(code(head(Method::kGet, "/livez")), "503 stuck");
}

TEST_F(RequestHandlerTest, AsksForAKeyWhereThereAreSome) {
  const Sha256 digest = sha256("open sesame");
  settings_.keys = *ApiKeys::parse("# keys\n\nwebsite " + to_hex(digest) + "\n");
  const Response refused = ask(head(Method::kPost, "/v1/blur"));
  EXPECT_EQ(refused.status, 401);
  EXPECT_TRUE(refused.headers.find("WWW-Authenticate"));
  EXPECT_EQ(code(head(Method::kPost, "/v1/blur", {{"Authorization", "Bearer wrong"}})), "401 unauthorized");
  EXPECT_EQ(code(head(Method::kPost, "/v1/blur", {{"Authorization", "bearer open sesame"}})), "200 ");
  EXPECT_EQ(code(head(Method::kPost, "/v1/blur", {{"X-API-Key", "open sesame"}})), "200 ");
  EXPECT_EQ(code(head(Method::kGet, "/livez")), "200 ");
  EXPECT_FALSE(ApiKeys::parse("website 1234"));
  EXPECT_FALSE(ApiKeys::parse("# nobody"));
}

TEST_F(RequestHandlerTest, LetsInThePagesOfTheAllowedOriginsOnly) {
  settings_.cors_origins = {"https://good.example"};
  const auto origin = [](std::string value) {
    return head(Method::kOptions, "/v1/blur",
                {{"Origin", std::move(value)}, {"Access-Control-Request-Method", "POST"}});
  };
  const Response good = ask(origin("https://good.example"));
  EXPECT_EQ(good.status, 204);
  EXPECT_EQ(good.headers.find("Access-Control-Allow-Origin"), "https://good.example");
  EXPECT_EQ(good.headers.find("Access-Control-Allow-Methods"), "POST, OPTIONS");
  EXPECT_EQ(good.headers.find("Vary"), "Origin");
  EXPECT_FALSE(ask(origin("https://good.example.evil")).headers.find("Access-Control-Allow-Origin"));
  settings_.cors_origins = {};
  EXPECT_FALSE(ask(origin("https://good.example")).headers.find("Access-Control-Allow-Origin"));
  settings_.cors_origins = {"*"};
  EXPECT_EQ(ask(origin("https://any.example")).headers.find("Access-Control-Allow-Origin"), "*");
}

TEST_F(RequestHandlerTest, KeepsTheCallersRequestIdWherePlain) {
  EXPECT_EQ(ask(head(Method::kGet, "/livez", {{"X-Request-Id", "abc-1"}})).headers.find("X-Request-Id"),
            "abc-1");
  const auto made =
      ask(head(Method::kGet, "/livez", {{"X-Request-Id", "a b\r\n"}})).headers.find("X-Request-Id")->size();
  EXPECT_EQ(made, 32);
}

TEST_F(RequestHandlerTest, ServesThePageFromMemoryAndNothingElse) {
  const fs::path folder = fs::path(testing::TempDir()) / "page";
  fs::create_directories(folder / "assets");
  std::ofstream(folder / "index.html") << "<!doctype html>";
  std::ofstream(folder / "assets/app-1a2b3c4d.js") << "run()";
  std::ofstream(folder / ".secret") << "secret";
  std::ofstream(folder.parent_path() / "outside.txt") << "secret";
  fs::remove(folder / "link.txt");
  fs::create_symlink(folder.parent_path() / "outside.txt", folder / "link.txt");
  settings_.page = *StaticFiles::load(folder.string(), "default-src 'self'");

  const Response index = ask(head(Method::kGet, "/"));
  EXPECT_EQ(index.body.text(), "<!doctype html>");
  EXPECT_EQ(index.headers.find("Content-Type"), "text/html; charset=utf-8");
  EXPECT_EQ(index.headers.find("Cache-Control"), "no-cache");
  EXPECT_EQ(index.headers.find("Content-Security-Policy"), "default-src 'self'");
  const Response script = ask(head(Method::kGet, "/assets/app-1a2b3c4d.js"));
  EXPECT_EQ(script.headers.find("Content-Type"), "text/javascript; charset=utf-8");
  EXPECT_EQ(script.headers.find("Cache-Control"), "public, max-age=31536000, immutable");
  EXPECT_EQ(script.headers.find("Content-Security-Policy"), "default-src 'self'") << "of a worker";
  const std::string tag(*index.headers.find("ETag"));
  EXPECT_EQ(ask(head(Method::kGet, "/", {{"If-None-Match", "\"other\", W/" + tag}})).status, 304);
  for (const char* path :
       {"/.secret", "/link.txt", "/../outside.txt", "/%2e%2e/outside.txt", "/..%2Foutside.txt",
        "/assets/../index.html", "//index.html", "/assets", "/assets/"}) {
    EXPECT_EQ(code(head(Method::kGet, path)), "404 not_found") << path;
  }
  EXPECT_FALSE(StaticFiles::load((folder / "assets").string(), ""));
  EXPECT_FALSE(StaticFiles::load((folder / "none").string(), ""));
}

TEST_F(RequestHandlerTest, SaysOfSharedFilesThatTheyGotLostWhereNoWorkerTookThem) {
  EXPECT_EQ(code(head(Method::kPost, "/share")), "404 not_found") << "there is no page";
  const fs::path folder = fs::path(testing::TempDir()) / "shared";
  fs::create_directories(folder);
  std::ofstream(folder / "index.html") << "page";
  settings_.page = *StaticFiles::load(folder.string(), "default-src 'self'");
  const auto place = [&](const char* site) {
    const Response answer = ask(head(Method::kPost, "/share", {{"Sec-Fetch-Site", site}}));
    return std::to_string(answer.status) + " " + std::string(answer.headers.find("Location").value_or(""));
  };
  EXPECT_EQ(place("none"), "303 ./?shared");
  EXPECT_EQ(place("same-origin"), "303 ./?shared");
  EXPECT_EQ(place("cross-site"), "303 ./");
  EXPECT_EQ(code(head(Method::kGet, "/share")), "404 not_found");
  EXPECT_EQ(code(head(Method::kPost, "/api/share")), "404 not_found");
}

TEST_F(RequestHandlerTest, SendsWhatLiesCompressedBesideAFileToThoseWhoTakeIt) {
  const fs::path folder = fs::path(testing::TempDir()) / "compressed";
  fs::create_directories(folder);
  std::ofstream(folder / "index.html") << "plain";
  std::ofstream(folder / "index.html.gz") << "gzip";
  std::ofstream(folder / "index.html.br") << "brotli";
  std::ofstream(folder / "alone.svg") << "alone";
  settings_.page = *StaticFiles::load(folder.string(), "default-src 'self'");
  const auto body = [&](const char* accepted) {
    return ask(head(Method::kGet, "/", {{"Accept-Encoding", accepted}})).body.text();
  };
  EXPECT_EQ(body("gzip, deflate, br"), "brotli");
  EXPECT_EQ(body("GZIP;q=0.5"), "gzip");
  EXPECT_EQ(body("br;q=0, gzip"), "gzip");
  EXPECT_EQ(body("br;q=0.000 , identity"), "plain");
  for (const char* accepted : {"", "identity", "*", "brx", ",;,", "zstd"}) EXPECT_EQ(body(accepted), "plain");

  const Response packed = ask(head(Method::kGet, "/", {{"Accept-Encoding", "br"}}));
  EXPECT_EQ(packed.headers.find("Content-Encoding"), "br");
  EXPECT_EQ(packed.headers.find("Content-Type"), "text/html; charset=utf-8");
  EXPECT_EQ(packed.headers.find("Vary"), "Accept-Encoding");
  EXPECT_TRUE(packed.headers.find("Content-Security-Policy"));
  const Response plain = ask(head(Method::kGet, "/"));
  EXPECT_FALSE(plain.headers.find("Content-Encoding"));
  EXPECT_EQ(plain.headers.find("Vary"), "Accept-Encoding");
  const std::string tag(*packed.headers.find("ETag"));
  EXPECT_NE(tag, *plain.headers.find("ETag"));
  EXPECT_EQ(ask(head(Method::kGet, "/", {{"Accept-Encoding", "br"}, {"If-None-Match", tag}})).status, 304);
  EXPECT_EQ(ask(head(Method::kGet, "/", {{"If-None-Match", tag}})).status, 200);
  EXPECT_FALSE(ask(head(Method::kGet, "/alone.svg", {{"Accept-Encoding", "br"}})).headers.find("Vary"));
  EXPECT_EQ(code(head(Method::kGet, "/index.html.br")), "404 not_found");
}

TEST_F(RequestHandlerTest, MetricsMoveToTheirOwnListener) {
  EXPECT_EQ(ask(head(Method::kGet, "/metrics")).body.text(), "metrics");
  settings_.metrics_with_api = false;
  EXPECT_EQ(code(head(Method::kGet, "/metrics")), "404 not_found");
  RequestHead inside = head(Method::kGet, "/metrics");
  inside.on_metrics_listener = true;
  EXPECT_EQ(code(inside), "200 ");
  RequestHead photo = head(Method::kPost, "/v1/blur");
  photo.on_metrics_listener = true;
  EXPECT_EQ(code(photo), "404 not_found");
}

TEST_F(RequestHandlerTest, LeadsToTheDocsWhereThereIsNoPage) {
  EXPECT_EQ(ask(head(Method::kGet, "/")).headers.find("Location"), "/docs");
  EXPECT_EQ(ask(head(Method::kGet, "/api/")).headers.find("Location"), "/api/docs");
}

TEST_F(RequestHandlerTest, TheOpenApiDocumentCarriesTheVersion) {
  const auto document = boost::json::parse(ask(head(Method::kGet, "/docs.json")).body.text()).as_object();
  EXPECT_EQ(document.at("openapi"), "3.1.0");
  EXPECT_EQ(document.at("info").as_object().at("version"), "1.2.3");
}

TEST(TraceContext, TakesValidOnesOnly) {
  const std::string valid = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
  EXPECT_EQ(parse_traceparent(valid).trace_id, "4bf92f3577b34da6a3ce929d0e0e4736");
  EXPECT_EQ(parse_traceparent(valid).parent_id, "00f067aa0ba902b7");
  EXPECT_EQ(parse_traceparent("cc" + valid.substr(2) + "-more").parent_id, "00f067aa0ba902b7");
  for (const std::string& text :
       {std::string(), valid.substr(1), valid + "0", valid + "-more", "ff" + valid.substr(2),
        "00-" + std::string(32, '0') + valid.substr(35), "0G" + valid.substr(2)}) {
    EXPECT_EQ(parse_traceparent(text).trace_id, "") << text;
  }
}

TEST(Problems, EveryCodeHasADistinctNameAndAnErrorStatus) {
  std::set<std::string_view> names;
  for (const ProblemCode code : all_problem_codes()) {
    names.insert(name_of(code));
    EXPECT_GE(status_of(code), 400);
  }
  EXPECT_EQ(names.size(), all_problem_codes().size());
}

}  // namespace
}  // namespace face_privacy
