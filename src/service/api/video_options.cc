#include "service/api/video_options.h"

#include <algorithm>
#include <array>
#include <string>
#include <utility>
#include <vector>

#include "service/api/option_values.h"

namespace face_privacy {
namespace {

constexpr int kSmallestFramePx = 16;
constexpr int kLargestFramePx = 1920;

OptionError set_detect_every(std::string_view text, VideoOptions& options) {
  const auto every = number_from<int>(text);
  if (!every) return "a whole number from 1 to 100 is needed";
  options.clip.detect_every = *every;
  return kNoError;
}

OptionError set_audio(std::string_view text, VideoOptions& options) {
  const auto mode = audio_mode_from_name(text);
  if (!mode) return "keep, drop or mute is needed";
  options.clip.audio = *mode;
  return kNoError;
}

OptionError set_subtitles(std::string_view text, VideoOptions& options) {
  if (text != "keep" && text != "drop") return "keep or drop is needed";
  options.clip.keep_subtitles = text == "keep";
  return kNoError;
}

OptionError set_video_codec(std::string_view text, VideoOptions& options) {
  options.clip.codec = video_codec_from_name(text);
  return options.clip.codec || text == "keep" ? kNoError : "keep, h264, hevc, av1 or vp9 is needed";
}

OptionError set_container(std::string_view text, VideoOptions& options) {
  options.clip.container = container_from_extension("." + std::string(text));
  return options.clip.container || text == "keep" ? kNoError
                                                  : "keep, mp4, mov, mkv, webm, ts or avi is needed";
}

OptionError set_copy_untouched(std::string_view text, VideoOptions& options) {
  return set_switch(text, options.clip.copy_untouched);
}

struct ClipSetter {
  std::string_view name;
  OptionError (*set)(std::string_view text, VideoOptions& options);
};

constexpr std::array kRenderSetters{
    ClipSetter{"audio", set_audio},
    ClipSetter{"video_codec", set_video_codec},
    ClipSetter{"subtitles", set_subtitles},
    ClipSetter{"container", set_container},
    ClipSetter{"copy_untouched", set_copy_untouched},
};
constexpr std::array kAnalysisSetters{
    ClipSetter{"render", [](auto text, auto& options) { return set_switch(text, options.render); }},
    ClipSetter{"detect_every", set_detect_every},
};

// Of the options of photos (photo_options.h), those that hold for clips.
constexpr std::array<std::string_view, 8> kSharedRenderNames{"style", "shape",   "margin", "cells",
                                                             "color", "regions", "keep",   "receipt"};
constexpr std::array<std::string_view, 3> kSharedAnalysisNames{"profile", "min_score", "detect"};

enum class Purpose { kJob, kRender };

const ClipSetter* clip_setter_of(std::string_view name, Purpose purpose) {
  for (const ClipSetter& setter : kRenderSetters) {
    if (setter.name == name) return &setter;
  }
  if (purpose == Purpose::kRender) return nullptr;
  for (const ClipSetter& setter : kAnalysisSetters) {
    if (setter.name == name) return &setter;
  }
  return nullptr;
}

bool is_shared(std::string_view name, Purpose purpose) {
  const auto is_it = [&](std::string_view one) { return one == name; };
  const bool of_render = std::any_of(kSharedRenderNames.begin(), kSharedRenderNames.end(), is_it);
  return of_render || (purpose == Purpose::kJob &&
                       std::any_of(kSharedAnalysisNames.begin(), kSharedAnalysisNames.end(), is_it));
}

std::string names_of(Purpose purpose) {
  std::string names;
  const auto add = [&](std::string_view name) {
    if (!names.empty()) names += ", ";
    names += name;
  };
  if (purpose == Purpose::kJob) {
    for (const std::string_view name : kSharedAnalysisNames) add(name);
    for (const ClipSetter& setter : kAnalysisSetters) add(setter.name);
  }
  for (const std::string_view name : kSharedRenderNames) add(name);
  for (const ClipSetter& setter : kRenderSetters) add(setter.name);
  return names;
}

tl::unexpected<Problem> invalid(const std::string& name, OptionError error) {
  return tl::unexpected(Problem{ProblemCode::kInvalidOption, name + ": " + std::string(error)});
}

OrProblem<VideoOptions> parse(std::span<const OptionField> fields, VideoOptions options, Purpose purpose) {
  std::vector<OptionField> shared;
  for (auto field = fields.begin(); field != fields.end(); ++field) {
    if (is_shared(field->name, purpose)) {
      shared.push_back(*field);
      continue;
    }
    const ClipSetter* setter = clip_setter_of(field->name, purpose);
    if (setter == nullptr) return tl::unexpected(unknown_option(field->name, names_of(purpose)));
    const bool twice =
        std::any_of(fields.begin(), field, [&](const auto& earlier) { return earlier.name == field->name; });
    if (twice) {
      return tl::unexpected(Problem{ProblemCode::kDuplicateOption, field->name + ": given more than once"});
    }
    if (const OptionError error = setter->set(field->value, options); !error.empty()) {
      return invalid(field->name, error);
    }
  }
  auto cover = change_common_options(shared, options.clip);
  if (!cover) return tl::unexpected(std::move(cover.error()));
  static_cast<CommonOptions&>(options.clip) = std::move(*cover);
  if (const auto valid = validate(options.clip); !valid) return tl::unexpected(problem_of(valid.error()));
  return options;
}

}  // namespace

OrProblem<VideoOptions> parse_video_options(std::span<const OptionField> fields,
                                            const DetectOptions& defaults) {
  VideoOptions options;
  options.clip.detection = defaults;
  return parse(fields, std::move(options), Purpose::kJob);
}

OrProblem<ClipOptions> parse_render_options(std::span<const OptionField> fields, const ClipOptions& options) {
  auto parsed = parse(fields, {options, true}, Purpose::kRender);
  if (!parsed) return tl::unexpected(std::move(parsed.error()));
  return std::move(parsed->clip);
}

OrProblem<ClipFrameOptions> parse_frame_options(std::span<const OptionField> fields, int frame) {
  ClipFrameOptions options;
  options.frame = frame;
  bool original = false;
  for (auto each = fields.begin(); each != fields.end(); ++each) {
    const OptionField& field = *each;
    if (std::any_of(fields.begin(), each, [&](const auto& earlier) { return earlier.name == field.name; })) {
      return tl::unexpected(Problem{ProblemCode::kDuplicateOption, field.name + ": given more than once"});
    }
    if (field.name == "original") {
      if (const OptionError error = set_switch(field.value, original); !error.empty()) {
        return invalid(field.name, error);
      }
    } else if (field.name == "size") {
      const auto size = number_from<int>(field.value);
      if (!size || *size < kSmallestFramePx || *size > kLargestFramePx) {
        return invalid(field.name, "a whole number from 16 to 1920 is needed");
      }
      options.long_side_px = *size;
    } else {
      return tl::unexpected(unknown_option(field.name, "original, size"));
    }
  }
  options.redacted = !original;
  return options;
}

}  // namespace face_privacy
