#include "service/api/photo_options.h"

#include <algorithm>
#include <array>
#include <boost/json.hpp>
#include <optional>
#include <string>

#include "json/strict_json.h"
#include "service/api/option_values.h"

namespace face_privacy {
namespace {

namespace json = boost::json;

std::optional<BoxF> box_from(const json::array& numbers) {
  if (numbers.size() != 4) return std::nullopt;
  std::array<float, 4> values{};
  for (std::size_t i = 0; i < values.size(); ++i) {
    if (!numbers[i].is_number()) return std::nullopt;
    values[i] = static_cast<float>(numbers[i].to_number<double>());
  }
  return BoxF{values[0], values[1], values[2], values[3]};
}

std::optional<BoxF> box_from(const json::object& box) {
  if (box.size() != 4) return std::nullopt;
  json::array numbers;
  for (const std::string_view name : {"x", "y", "width", "height"}) {
    const json::value* number = box.if_contains(name);
    if (number == nullptr) return std::nullopt;
    numbers.push_back(*number);
  }
  return box_from(numbers);
}

std::optional<BoxF> box_from(const json::value& value) {
  if (const auto* numbers = value.if_array()) return box_from(*numbers);
  if (const auto* object = value.if_object()) return box_from(*object);
  return std::nullopt;
}

// A box, as an object with a shape, a margin or a style of its own if it has one.
std::optional<RequestedRegion> region_from(const json::value& value) {
  RequestedRegion region;
  json::value box = value;
  if (auto* object = box.if_object()) {
    if (const json::value* shape = object->if_contains("shape")) {
      region.shape = shape->is_string() ? shape_from_name(shape->get_string()) : std::nullopt;
      if (!region.shape) return std::nullopt;
      object->erase("shape");
    }
    if (const json::value* margin = object->if_contains("margin")) {
      if (!margin->is_number()) return std::nullopt;
      region.margin = static_cast<float>(margin->to_number<double>());
      object->erase("margin");
    }
    if (const json::value* style = object->if_contains("style")) {
      region.style = style->is_string() ? style_from_name(style->get_string()) : std::nullopt;
      if (!region.style) return std::nullopt;
      object->erase("style");
    }
  }
  const auto place = box_from(box);
  if (!place) return std::nullopt;
  region.box = *place;
  return region;
}

std::optional<std::vector<RequestedRegion>> regions_from(std::string_view text) {
  json::error_code error;
  const json::value parsed = parse_strict_json(text, error);
  if (error || !parsed.is_array()) return std::nullopt;
  std::vector<RequestedRegion> regions;
  for (const json::value& value : parsed.get_array()) {
    const auto region = region_from(value);
    if (!region) return std::nullopt;
    regions.push_back(*region);
  }
  return regions;
}

std::optional<std::vector<BoxF>> boxes_from(std::string_view text) {
  json::error_code error;
  const json::value parsed = parse_strict_json(text, error);
  if (error || !parsed.is_array()) return std::nullopt;
  std::vector<BoxF> boxes;
  for (const json::value& value : parsed.get_array()) {
    const auto box = box_from(value);
    if (!box) return std::nullopt;
    boxes.push_back(*box);
  }
  return boxes;
}

constexpr OptionError kBoxes =
    "a JSON array of boxes is needed, each [x, y, width, height] or "
    "{\"x\": 0, \"y\": 0, \"width\": 1, \"height\": 1}";

constexpr OptionError kRegions =
    "a JSON array of boxes is needed, each [x, y, width, height] or "
    "{\"x\": 0, \"y\": 0, \"width\": 1, \"height\": 1}, that also with \"shape\", \"margin\" and \"style\"";

OptionError set_profile(std::string_view text, DetectOptions& options) {
  const auto profile = profile_from_name(text);
  if (!profile) return "fast, balanced or thorough is needed";
  options.profile = *profile;
  return kNoError;
}

OptionError set_min_score(std::string_view text, DetectOptions& options) {
  const auto score = number_from<double>(text);
  if (!score || !(*score >= 0 && *score <= 1)) return "a number from 0 to 1 is needed";  // as it is written
  options.min_score = static_cast<float>(*score);
  return kNoError;
}

OptionError set_projection(std::string_view text, DetectOptions& options) {
  const auto projection = projection_from_name(text);
  if (!projection) return "auto, flat or equirectangular is needed";
  options.projection = *projection;
  return kNoError;
}

OptionError set_style(std::string_view text, PhotoOptions& options) {
  const auto style = style_from_name(text);
  if (!style) return "blur, pixelate or fill is needed";
  options.redaction.style = *style;
  return kNoError;
}

OptionError set_shape(std::string_view text, PhotoOptions& options) {
  const auto shape = shape_from_name(text);
  if (!shape) return "ellipse or box is needed";
  options.redaction.shape = *shape;
  return kNoError;
}

OptionError set_margin(std::string_view text, PhotoOptions& options) {
  const auto margin = number_from<float>(text);
  if (!margin) return "a number from 0 to 2 is needed";
  options.redaction.margin = *margin;
  return kNoError;
}

OptionError set_cells(std::string_view text, PhotoOptions& options) {
  const auto cells = number_from<int>(text);
  if (!cells) return "a whole number from 1 to 6 is needed";
  options.redaction.cells = *cells;
  return kNoError;
}

OptionError set_color(std::string_view text, PhotoOptions& options) {
  const auto color = color_from_text(text);
  if (!color) return "a color is needed, #rrggbb, rrggbb, or a basic CSS name such as black";
  options.redaction.color = *color;
  return kNoError;
}

OptionError set_regions(std::string_view text, PhotoOptions& options) {
  auto regions = regions_from(text);
  if (!regions) return kRegions;
  options.regions = std::move(*regions);
  return kNoError;
}

OptionError set_keep(std::string_view text, PhotoOptions& options) {
  auto boxes = boxes_from(text);
  if (!boxes) return kBoxes;
  options.keep = std::move(*boxes);
  return kNoError;
}

OptionError set_detect(std::string_view text, PhotoOptions& options) {
  return set_switch(text, options.detect);
}

OptionError set_format(std::string_view text, PhotoOptions& options) {
  constexpr std::array<std::string_view, 5> kWritten{"jpeg", "jpg", "png", "webp", "avif"};
  if (text != "keep") {
    if (std::find(kWritten.begin(), kWritten.end(), text) == kWritten.end()) {
      return "keep, jpeg, png, webp or avif is needed";
    }
    options.encoding.format = format_from_name(text);
  }
  return kNoError;
}

OptionError set_quality(std::string_view text, PhotoOptions& options) {
  options.encoding.quality = number_from<int>(text);
  return options.encoding.quality ? kNoError : "a whole number from 1 to 100 is needed";
}

OptionError set_metadata(std::string_view text, PhotoOptions& options) {
  if (text != "strip" && text != "keep") return "strip or keep is needed";
  options.metadata = text == "keep" ? Metadata::kKeep : Metadata::kStrip;
  return kNoError;
}

OptionError set_receipt(std::string_view text, PhotoOptions& options) {
  const bool plain = text == "true" || text == "1";
  if (!plain && text != "with-input" && text != "false" && text != "0")
    return "true, false or with-input is needed";
  options.receipt = plain ? Receipt::kOutput : text == "with-input" ? Receipt::kWithInput : Receipt::kNone;
  return kNoError;
}

template <class Options>
struct Setter {
  std::string_view name;
  OptionError (*set)(std::string_view text, Options& options);
};

constexpr std::array kDetectSetters{
    Setter<DetectOptions>{"profile", set_profile},
    Setter<DetectOptions>{"min_score", set_min_score},
    Setter<DetectOptions>{"projection", set_projection},
};

constexpr std::array kBlurSetters{
    Setter<PhotoOptions>{"profile", [](auto text, auto& all) { return set_profile(text, all.detection); }},
    Setter<PhotoOptions>{"min_score",
                         [](auto text, auto& all) { return set_min_score(text, all.detection); }},
    Setter<PhotoOptions>{"projection",
                         [](auto text, auto& all) { return set_projection(text, all.detection); }},
    Setter<PhotoOptions>{"style", set_style},
    Setter<PhotoOptions>{"shape", set_shape},
    Setter<PhotoOptions>{"margin", set_margin},
    Setter<PhotoOptions>{"cells", set_cells},
    Setter<PhotoOptions>{"color", set_color},
    Setter<PhotoOptions>{"regions", set_regions},
    Setter<PhotoOptions>{"keep", set_keep},
    Setter<PhotoOptions>{"detect", set_detect},
    Setter<PhotoOptions>{"format", set_format},
    Setter<PhotoOptions>{"quality", set_quality},
    Setter<PhotoOptions>{"metadata", set_metadata},
    Setter<PhotoOptions>{"receipt", set_receipt},
};

// The name of an unknown option goes into the answer only where it can do no harm there.
std::string quotable(std::string_view name) {
  const bool plain = !name.empty() && name.size() <= 40 && std::all_of(name.begin(), name.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '-';
  });
  return plain ? "\"" + std::string(name) + "\"" : std::string("that name");
}

template <class Setters>
std::string names_of(const Setters& setters) {
  std::string names;
  for (const auto& setter : setters) {
    if (!names.empty()) names += ", ";
    names += setter.name;
  }
  return names;
}

template <class Options, class Setters>
OrProblem<Options> parse(std::span<const OptionField> fields, Options options, const Setters& setters) {
  for (auto field = fields.begin(); field != fields.end(); ++field) {
    const auto setter = std::find_if(setters.begin(), setters.end(),
                                     [&](const auto& candidate) { return candidate.name == field->name; });
    if (setter == setters.end()) {
      return tl::unexpected(unknown_option(field->name, names_of(setters)));
    }
    if (std::any_of(fields.begin(), field,
                    [&](const auto& earlier) { return earlier.name == field->name; })) {
      return tl::unexpected(Problem{ProblemCode::kDuplicateOption, field->name + ": given more than once"});
    }
    if (const OptionError error = setter->set(field->value, options); !error.empty()) {
      return tl::unexpected(Problem{ProblemCode::kInvalidOption, field->name + ": " + std::string(error)});
    }
  }
  if (const auto valid = validate(options); !valid) return tl::unexpected(problem_of(valid.error()));
  return options;
}

}  // namespace

Problem unknown_option(std::string_view name, const std::string& names) {
  return {ProblemCode::kUnknownOption, "there is no option " + quotable(name) + " here; there are " + names};
}

OrProblem<PhotoOptions> parse_photo_options(std::span<const OptionField> fields,
                                            const DetectOptions& defaults) {
  PhotoOptions options;
  options.detection = defaults;
  return parse(fields, std::move(options), kBlurSetters);
}

OrProblem<CommonOptions> change_common_options(std::span<const OptionField> fields,
                                               const CommonOptions& options) {
  PhotoOptions whole;
  static_cast<CommonOptions&>(whole) = options;
  auto parsed = parse(fields, std::move(whole), kBlurSetters);
  if (!parsed) return tl::unexpected(std::move(parsed.error()));
  return std::move(static_cast<CommonOptions&>(*parsed));
}

OrProblem<DetectOptions> parse_detect_options(std::span<const OptionField> fields,
                                              const DetectOptions& defaults) {
  return parse(fields, defaults, kDetectSetters);
}

}  // namespace face_privacy
