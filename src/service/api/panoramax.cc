#include "service/api/panoramax.h"

#include <array>
#include <boost/json.hpp>
#include <cmath>
#include <string>
#include <utility>

#include "report/report_json.h"
#include "service/http/form.h"

namespace face_privacy {
namespace {

namespace json = boost::json;

// It stays the same for as long as the service does: Panoramax files annotations under it.
constexpr std::string_view kServiceName = "face-privacy";

std::int64_t whole(float value) { return std::lround(value); }

// What SGBlur tells of each place that it blurred.
json::object info_of(const Face& face) {
  const BoxF& box = face.box;
  return {{"class", "face"},
          {"confidence", std::round(static_cast<double>(face.score) * 1000) / 1000},
          {"xywh", {whole(box.x), whole(box.y), whole(box.width), whole(box.height)}},
          {"bbox", {whole(box.x), whole(box.y), whole(box.right()), whole(box.bottom())}}};
}

std::string sgblur_header(const PhotoReport& report, const ModelInfo& model) {
  // Headers have a bound, in proxies above all: a crowd's boxes stay out.
  constexpr std::size_t kMostFaces = 20;
  json::array info;
  for (const auto& frame : report.detection.faces) {
    for (const Face& face : frame) {
      if (info.size() < kMostFaces) info.push_back(info_of(face));
    }
  }
  return to_text(
      json::object{{"info", std::move(info)},
                   {"model", {{"name", "face-privacy"}, {"version", model.sha256.substr(0, 12)}}}});
}

// The picture, and what was found but not blurred in it: nothing.
Form form_of(ByteView file) {
  const Body metadata(to_text(json::object{{"service_name", kServiceName}, {"annotations", json::array()}}));
  return write_form(std::array{FormPart{"image", "image.jpg", "image/jpeg", file},
                               FormPart{"metadata", "", "application/json", metadata.view()}});
}

}  // namespace

PhotoOptions panoramax_options(const DetectOptions& defaults) {
  PhotoOptions options;
  options.detection = defaults;
  options.metadata = Metadata::kKeep;
  options.encoding.format = Format::kJpeg;
  return options;
}

Response panoramax_answer(const PhotoReport& report, ByteView file, const ModelInfo& model, bool as_form) {
  Response response;
  if (as_form) {
    Form form = form_of(file);
    response.headers.add("Content-Type", form.content_type);
    response.body = Body(std::move(form.body));
  } else {
    response.headers.add("Content-Type", std::string(media_type_of(Format::kJpeg)));
    response.headers.add("x-sgblur", sgblur_header(report, model));
    response.body = Body(Bytes(file.begin(), file.end()));
  }
  return response;
}

}  // namespace face_privacy
