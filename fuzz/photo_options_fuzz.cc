// Options come from anybody, in the query or in a form: they are all in range, or an error that says so
// without repeating what was sent.
#include <algorithm>
#include <cmath>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "service/api/photo_options.h"
#include "service/api/video_options.h"
#include "service/http/request_target.h"

namespace {

using namespace face_privacy;

void require(bool holds) {
  if (!holds) __builtin_trap();
}

void check_error(const Problem& problem) {
  require(status_of(problem.code) == 400);
  constexpr std::size_t kLongestDetail = 400;
  require(!problem.detail.empty() && problem.detail.size() < kLongestDetail);
  require(
      std::all_of(problem.detail.begin(), problem.detail.end(), [](char c) { return c >= ' ' && c <= '~'; }));
}

void check(const DetectOptions& options) {
  require(!options.min_score || (*options.min_score >= 0 && *options.min_score <= 1));
}

void check(const BoxF& box) {
  require(std::isfinite(box.x) && std::isfinite(box.y) && std::isfinite(box.width) &&
          std::isfinite(box.height) && box.width > 0 && box.height > 0);
}

void check(const RequestedRegion& region) {
  check(region.box);
  require(!region.margin || (*region.margin >= 0 && *region.margin <= kMaxMargin));
}

void check(const PhotoOptions& options) {
  check(options.detection);
  require(options.redaction.margin >= 0 && options.redaction.margin <= kMaxMargin);
  require(options.redaction.cells >= 1 && options.redaction.cells <= kMaxCells);
  require(!options.encoding.quality || (*options.encoding.quality >= 1 && *options.encoding.quality <= 100));
  require(options.encoding.format != Format::kHeic && options.encoding.format != Format::kTiff);
  require(options.regions.size() <= kMaxBoxes && options.keep.size() <= kMaxBoxes);
  for (const RequestedRegion& region : options.regions) check(region);
  for (const BoxF& box : options.keep) check(box);
}

void check(const ClipOptions& options) {
  check(options.detection);
  require(options.redaction.margin >= 0 && options.redaction.margin <= kMaxMargin);
  require(options.redaction.cells >= 1 && options.redaction.cells <= kMaxCells);
  require(options.detect_every >= 1 && options.detect_every <= 100);
  require(options.codec != VideoCodec::kOther);
  for (const RequestedRegion& region : options.regions) check(region);
  for (const BoxF& box : options.keep) check(box);
}

void check_video(const std::vector<OptionField>& fields) {
  const auto video = parse_video_options(fields, {});
  if (video) {
    check(video->clip);
  } else {
    check_error(video.error());
  }
  const auto render = parse_render_options(fields, {});
  if (render) {
    check(*render);
  } else {
    check_error(render.error());
  }
  const auto frame = parse_frame_options(fields, 3);
  if (frame) {
    require(frame->frame == 3 && frame->long_side_px >= 16 && frame->long_side_px <= 1920);
  } else {
    check_error(frame.error());
  }
}

void check(const std::vector<OptionField>& fields) {
  check_video(fields);
  const auto blur = parse_photo_options(fields, {});
  if (blur) {
    check(*blur);
  } else {
    check_error(blur.error());
  }
  const auto detect = parse_detect_options(fields, {});
  if (detect) {
    check(*detect);
    require(blur.has_value());  // what detection takes, blurring takes as well
  } else {
    check_error(detect.error());
  }
}

// Lines of name=value, as a form would have them.
std::vector<OptionField> fields_of(std::string_view text) {
  std::vector<OptionField> fields;
  while (!text.empty()) {
    const std::string_view line = text.substr(0, text.find('\n'));
    text.remove_prefix(std::min(line.size() + 1, text.size()));
    const std::size_t equals = std::min(line.find('='), line.size());
    fields.push_back(
        {std::string(line.substr(0, equals)), std::string(line.substr(std::min(equals + 1, line.size())))});
  }
  return fields;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  check(fields_of(text));
  if (const auto target = parse_target("/v1/blur?" + std::string(text))) check(target->query);
  return 0;
}
