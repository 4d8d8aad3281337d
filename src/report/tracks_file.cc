#include "report/tracks_file.h"

#include <algorithm>
#include <array>
#include <boost/json.hpp>
#include <charconv>
#include <cmath>
#include <cstdint>
#include <iterator>
#include <optional>
#include <utility>

#include "json/strict_json.h"
#include "match/references.h"
#include "track/box_math.h"

namespace face_privacy {
namespace {

namespace json = boost::json;

constexpr std::string_view kFormat = "face-privacy-tracks";
constexpr int kMaxClipSide = 1 << 16;
constexpr std::int64_t kMaxTime = std::int64_t{1} << 50;  // 35 years
constexpr std::size_t kMaxText = 200;

// ---- writing

class Writer {
 public:
  std::string text;

  void number(double value, double unit_inverse) {
    std::array<char, 32> digits{};
    const double rounded = std::round(value * unit_inverse) / unit_inverse + 0.0;  // not -0
    const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), rounded).ptr;
    text.append(digits.data(), end);
  }
  void pixels(float value) { number(value, 100); }
  void score(float value) { number(value, 10'000); }
  void string(std::string_view value) { text += json::serialize(json::string(value)); }

  template <class Range, class WriteOne>
  void list(const Range& range, WriteOne&& write_one) {
    text += '[';
    bool first = true;
    for (const auto& one : range) {
      if (!std::exchange(first, false)) text += ',';
      write_one(one);
    }
    text += ']';
  }
};

void write_key(Writer& out, const KeyBox& key) {
  constexpr float kLeastSide = 0.01F;  // a box stays one when it is rounded
  const float width = std::max(kLeastSide, key.box.width);
  const float height = std::max(kLeastSide, key.box.height);
  out.text += '[' + std::to_string(key.frame);
  for (const float value : {key.box.x, key.box.y, width, height}) {
    out.text += ',';
    out.pixels(value);
  }
  if (!key.edited) {
    out.text += ',';
    out.score(key.score);
  }
  out.text += ']';
}

void write_match(Writer& out, const TrackMatch& match) {
  const auto text_or_null = [&](std::string_view text) {
    text.empty() ? void(out.text += "null") : out.string(text);
  };
  out.text += ",\"match\":{\"person\":";
  text_or_null(match.person);
  out.text += ",\"verdict\":";
  out.string(name_of(match.verdict));
  out.text += ",\"score\":";
  match.score ? out.score(*match.score) : void(out.text += "null");
  out.text += ",\"why\":";
  text_or_null(name_of(match.why));
  out.text += '}';
}

void write_track(Writer& out, const Track& track) {
  out.text += "\n{\"id\":" + std::to_string(track.id);
  out.text += track.keep ? ",\"keep\":true" : ",\"keep\":false";
  if (track.match) write_match(out, *track.match);
  out.text += ",\"first_frame\":" + std::to_string(track.span.first);
  out.text += ",\"last_frame\":" + std::to_string(track.span.last) + ",\"best_score\":";
  out.score(track.best_score);
  out.text += ",\"uncertain\":";
  out.list(track.uncertain, [&](const FrameSpan& span) {
    out.text += '[' + std::to_string(span.first) + ',' + std::to_string(span.last) + ']';
  });
  out.text += ",\"boxes\":";
  out.list(track.keys, [&](const KeyBox& key) { write_key(out, key); });
  out.text += '}';
}

void write_origin(Writer& out, const TracksOrigin& origin) {
  out.text += "{\"profile\":";
  out.string(origin.profile);
  out.text += ",\"min_score\":";
  out.score(origin.min_score);
  out.text += ",\"every\":" + std::to_string(origin.every) + ",\"model\":{\"name\":";
  out.string(origin.model_name);
  out.text += ",\"sha256\":";
  out.string(origin.model_sha256);
  out.text += "}}";
}

// ---- reading

// Thrown and caught in this file only: a file has many ways to be wrong, and one way out.
struct Bad {
  ErrorCode code;
  std::string message;
};

[[noreturn]] void bad(const std::string& where, const std::string& what) {
  throw Bad{ErrorCode::kInvalidOption, where.empty() ? what : where + ": " + what};
}

std::string at(const std::string& where, std::size_t index) {
  return where + '[' + std::to_string(index) + ']';
}

class TracksMembers {
 public:
  TracksMembers(const json::value& value, std::string where) : where_(std::move(where)) {
    object_ = value.if_object();
    if (object_ == nullptr) bad(where_, "must be an object");
  }

  const json::value* find(std::string_view name) const { return object_->if_contains(name); }
  const json::value& need(std::string_view name) const {
    const json::value* value = find(name);
    if (value == nullptr) bad(where_, "has no \"" + std::string(name) + '"');
    return *value;
  }
  std::string path(std::string_view name) const {
    return where_.empty() ? std::string(name) : where_ + '.' + std::string(name);
  }
  void expect_no_other(std::initializer_list<std::string_view> known) const {
    for (const auto& member : *object_) {
      if (std::find(known.begin(), known.end(), member.key()) == known.end()) {
        bad(where_, "has an unknown member \"" + std::string(member.key().substr(0, 40)) + '"');
      }
    }
  }

 private:
  const json::object* object_;
  std::string where_;
};

const json::array& array_of(const json::value& value, const std::string& where) {
  if (!value.is_array()) bad(where, "must be an array");
  return value.get_array();
}

double number_of(const json::value& value, double least, double most, const std::string& where) {
  boost::system::error_code error;
  const auto number = value.to_number<double>(error);
  if (error || !(number >= least && number <= most)) {
    Writer range;
    range.text = "must be a number from ";
    range.number(least, 1);
    range.text += " to ";
    range.number(most, 1);
    bad(where, range.text);
  }
  return number;
}

std::int64_t integer_of(const json::value& value, std::int64_t least, std::int64_t most,
                        const std::string& where) {
  const bool is_large = value.is_uint64();  // too large for a signed one
  if (is_large || !value.is_int64() || value.get_int64() < least || value.get_int64() > most) {
    bad(where, "must be a whole number from " + std::to_string(least) + " to " + std::to_string(most));
  }
  return value.get_int64();
}

std::string text_of(const json::value& value, const std::string& where) {
  if (!value.is_string() || value.get_string().size() > kMaxText) {
    bad(where, "must be a string of at most " + std::to_string(kMaxText) + " bytes");
  }
  return std::string(value.get_string());
}

class Reader {
 public:
  explicit Reader(const TracksFileLimits& limits) : limits_(limits) {}

  TracksFile read(const json::value& value) {
    const TracksMembers top(value, "");
    if (const json::value& format = top.need("format");
        !format.is_string() || format.get_string() != kFormat) {
      bad("format", "must be \"" + std::string(kFormat) + '"');
    }
    if (const json::value& version = top.need("version"); version != json::value(kTracksFileVersion)) {
      bad("version", "must be " + std::to_string(kTracksFileVersion));
    }
    read_clip(top.need("clip"));
    read_times(top.need("times_us"));
    read_cuts(top.need("cuts"));
    if (const json::value* detection = top.find("detection")) read_origin(*detection);
    read_tracks(top.need("tracks"));
    top.expect_no_other({"format", "version", "clip", "times_us", "cuts", "detection", "tracks"});
    return std::move(file_);
  }

 private:
  void read_clip(const json::value& value) {
    const TracksMembers clip(value, "clip");
    file_.size.width = static_cast<int>(integer_of(clip.need("width"), 1, kMaxClipSide, "clip.width"));
    file_.size.height = static_cast<int>(integer_of(clip.need("height"), 1, kMaxClipSide, "clip.height"));
    const auto most = static_cast<std::int64_t>(limits_.max_frames);
    frames_ = integer_of(clip.need("frames"), 0, most, "clip.frames");
    clip.expect_no_other({"width", "height", "frames"});
  }

  void read_times(const json::value& value) {
    const json::array& times = array_of(value, "times_us");
    if (times.size() != static_cast<std::size_t>(frames_)) {
      bad("times_us", "must hold one time for each of the clip's " + std::to_string(frames_) + " frames");
    }
    for (std::size_t i = 0; i < times.size(); ++i) {
      const MediaTime time(integer_of(times[i], -kMaxTime, kMaxTime, at("times_us", i)));
      if (i > 0 && time <= file_.clip.times.back()) bad(at("times_us", i), "is not after the time before");
      file_.clip.times.push_back(time);
    }
  }

  void read_cuts(const json::value& value) {
    const json::array& cuts = array_of(value, "cuts");
    for (std::size_t i = 0; i < cuts.size(); ++i) {
      const auto cut = static_cast<int>(integer_of(cuts[i], 1, frames_ - 1, at("cuts", i)));
      if (i > 0 && cut <= file_.clip.cuts.back()) bad(at("cuts", i), "is not after the cut before");
      file_.clip.cuts.push_back(cut);
    }
  }

  void read_origin(const json::value& value) {
    const TracksMembers detection(value, "detection");
    TracksOrigin& origin = file_.origin;
    origin.profile = text_of(detection.need("profile"), "detection.profile");
    origin.min_score =
        static_cast<float>(number_of(detection.need("min_score"), 0, 1, "detection.min_score"));
    origin.every = static_cast<int>(integer_of(detection.need("every"), 1, 1'000'000, "detection.every"));
    const TracksMembers model(detection.need("model"), "detection.model");
    origin.model_name = text_of(model.need("name"), "detection.model.name");
    origin.model_sha256 = text_of(model.need("sha256"), "detection.model.sha256");
    model.expect_no_other({"name", "sha256"});
    detection.expect_no_other({"profile", "min_score", "every", "model"});
  }

  void read_tracks(const json::value& value) {
    const json::array& tracks = array_of(value, "tracks");
    if (tracks.size() > limits_.max_tracks) {
      throw Bad{ErrorCode::kTooManyFrames,
                "the file has more than " + std::to_string(limits_.max_tracks) + " tracks"};
    }
    std::vector<int> ids;
    for (std::size_t i = 0; i < tracks.size(); ++i) {
      file_.clip.tracks.push_back(track_from(tracks[i], at("tracks", i)));
      ids.push_back(file_.clip.tracks.back().id);
    }
    std::sort(ids.begin(), ids.end());
    if (const auto twice = std::adjacent_find(ids.begin(), ids.end()); twice != ids.end()) {
      bad("tracks", "the id " + std::to_string(*twice) + " stands twice");
    }
    std::stable_sort(file_.clip.tracks.begin(), file_.clip.tracks.end(),
                     [](const Track& a, const Track& b) { return a.span.first < b.span.first; });
  }

  Track track_from(const json::value& value, const std::string& where) {
    const TracksMembers members(value, where);
    Track track;
    track.id = static_cast<int>(integer_of(members.need("id"), 1, 1'000'000'000, members.path("id")));
    if (const json::value* keep = members.find("keep")) {
      if (!keep->is_bool()) bad(members.path("keep"), "must be true or false");
      track.keep = keep->get_bool();
    }
    if (const json::value* match = members.find("match")) {
      track.match = match_from(*match, members.path("match"));
    }
    track.span = {frame_of(members.need("first_frame"), members.path("first_frame")),
                  frame_of(members.need("last_frame"), members.path("last_frame"))};
    if (track.span.last < track.span.first) bad(where, "\"last_frame\" is before \"first_frame\"");
    add_covered(track.span);
    if (const json::value* score = members.find("best_score")) {
      number_of(*score, 0, 1, members.path("best_score"));  // follows from the boxes
    }
    if (const json::value* spans = members.find("uncertain")) {
      read_uncertain(track, *spans, members.path("uncertain"));
    }
    read_boxes(track, members.need("boxes"), members.path("boxes"));
    members.expect_no_other(
        {"id", "keep", "match", "first_frame", "last_frame", "best_score", "uncertain", "boxes"});
    return track;
  }

  static TrackMatch match_from(const json::value& value, const std::string& where) {
    const TracksMembers members(value, where);
    TrackMatch match;
    if (const json::value& person = members.need("person"); !person.is_null()) {
      match.person = text_of(person, members.path("person"));
      if (!is_name(match.person)) bad(members.path("person"), "is no name");
    }
    match.verdict = named(members, "verdict", verdict_from_name);
    if (const json::value& score = members.need("score"); !score.is_null()) {
      match.score = static_cast<float>(number_of(score, -1, 1, members.path("score")));
    }
    if (!members.need("why").is_null()) match.why = named(members, "why", doubt_from_name);
    members.expect_no_other({"person", "verdict", "score", "why"});
    return match;
  }

  template <class Value>
  static Value named(const TracksMembers& members, std::string_view member,
                     std::optional<Value> (*from_name)(std::string_view)) {
    const auto value = from_name(text_of(members.need(member), members.path(member)));
    if (!value) bad(members.path(member), "is none that there is");
    return *value;
  }

  int frame_of(const json::value& value, const std::string& where) const {
    return static_cast<int>(integer_of(value, 0, frames_ - 1, where));
  }

  // What a file of few bytes asks for must stay bounded too.
  void add_covered(const FrameSpan& span) {
    covered_ += static_cast<std::size_t>(span.last - span.first) + 1;
    if (covered_ > limits_.max_covered) {
      throw Bad{ErrorCode::kTooManyFrames, "the tracks cover more than " +
                                               std::to_string(limits_.max_covered) +
                                               " frames, all tracks together"};
    }
  }

  void read_uncertain(Track& track, const json::value& value, const std::string& where) const {
    const json::array& spans = array_of(value, where);
    for (std::size_t i = 0; i < spans.size(); ++i) {
      const json::array& pair = array_of(spans[i], at(where, i));
      if (pair.size() != 2) bad(at(where, i), "must be [first frame, last frame]");
      const FrameSpan span{frame_of(pair[0], at(where, i)), frame_of(pair[1], at(where, i))};
      const int least = track.uncertain.empty() ? track.span.first : track.uncertain.back().last + 1;
      if (span.first < least || span.last < span.first || span.last > track.span.last) {
        bad(at(where, i), "must lie in the track's span, after the one before");
      }
      track.uncertain.push_back(span);
    }
  }

  void read_boxes(Track& track, const json::value& value, const std::string& where) const {
    const json::array& boxes = array_of(value, where);
    if (boxes.empty()) bad(where, "must hold at least one box");
    for (std::size_t i = 0; i < boxes.size(); ++i) {
      const KeyBox key = key_from(boxes[i], at(where, i));
      if (key.frame < track.span.first || key.frame > track.span.last) {
        bad(at(where, i), "frame " + std::to_string(key.frame) + " is not in the track's span");
      }
      if (i > 0 && key.frame <= track.keys.back().frame) {
        bad(at(where, i), "its frame is not after the box before");
      }
      track.best_score = std::max(track.best_score, key.score);
      track.keys.push_back(key);
    }
  }

  KeyBox key_from(const json::value& value, const std::string& where) const {
    const json::array& numbers = array_of(value, where);
    if (numbers.size() != 5 && numbers.size() != 6) {
      bad(where, "must be [frame, x, y, width, height, score], or without a score if drawn by a person");
    }
    constexpr double kFar = 1e6;
    const auto coordinate = [&](std::size_t i) {
      return static_cast<float>(number_of(numbers[i], -kFar, kFar, where));
    };
    KeyBox key{frame_of(numbers[0], where), {coordinate(1), coordinate(2), coordinate(3), coordinate(4)}, 1};
    key.edited = numbers.size() == 5;
    if (!key.edited) key.score = static_cast<float>(number_of(numbers[5], 0, 1, where));
    if (!has_place(key.box)) bad(where, "has no area");
    const BoxF picture{0, 0, static_cast<float>(file_.size.width), static_cast<float>(file_.size.height)};
    if (key.edited && !(intersection_area(key.box, picture) > 0)) bad(where, "lies outside the picture");
    return key;
  }

  TracksFileLimits limits_;
  TracksFile file_;
  std::int64_t frames_ = 0;
  std::size_t covered_ = 0;
};

json::value parsed(std::string_view text) {
  boost::system::error_code error;
  json::value value = parse_strict_json(text, error, 8);
  if (error) bad("", "not a tracks file: not JSON, or a name twice");
  return value;
}

}  // namespace

std::string tracks_to_json(const TracksFile& file) {
  Writer out;
  out.text = "{\"format\":\"" + std::string(kFormat) + "\",\"version\":" + std::to_string(kTracksFileVersion);
  out.text += ",\"clip\":{\"width\":" + std::to_string(file.size.width) +
              ",\"height\":" + std::to_string(file.size.height) +
              ",\"frames\":" + std::to_string(file.clip.frame_count()) + "},\n\"detection\":";
  write_origin(out, file.origin);
  out.text += ",\n\"times_us\":";
  out.list(file.clip.times, [&](MediaTime time) { out.text += std::to_string(time.count()); });
  out.text += ",\n\"cuts\":";
  out.list(file.clip.cuts, [&](int cut) { out.text += std::to_string(cut); });
  out.text += ",\n\"tracks\":";
  out.list(file.clip.tracks, [&](const Track& track) { write_track(out, track); });
  out.text += "}\n";
  return std::move(out.text);
}

Result<TracksFile> tracks_from_json(std::string_view json, const TracksFileLimits& limits) {
  if (json.size() > limits.max_bytes) {
    return fail(ErrorCode::kTooManyBytes,
                "the tracks file has more than " + std::to_string(limits.max_bytes) + " bytes");
  }
  try {
    return Reader(limits).read(parsed(json));
  } catch (const Bad& found) {
    return fail(found.code, found.message);
  }
}

Result<void> check_same_clip(const TracksFile& edited, const TracksFile& clip) {
  if (edited.size != clip.size) {
    return fail(ErrorCode::kInvalidOption, "the tracks are of a clip of another size");
  }
  if (edited.clip.times != clip.clip.times) {
    return fail(ErrorCode::kInvalidOption, "the tracks are of a clip with other frames");
  }
  return {};
}

}  // namespace face_privacy
