#include "cli/people.h"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <array>
#include <cstdio>
#include <filesystem>
#include <utility>

#include "cli/number_range.h"
#include "cli/photo_files.h"
#include "cli/shared_options.h"

namespace face_privacy {
namespace {

constexpr const char* kWeights = "face_recognition_sface_2021dec_int8bq.onnx";
constexpr const char* kWeightsSha256 = "fb143eea07838aa532d1c95df5f69899974ea0140e1fba05e94204be13ed74ee";

std::string person_problem(const std::string& text) {
  const std::size_t equals = text.find('=');
  const bool is_pair = equals != std::string::npos && equals + 1 < text.size();
  return is_pair && is_name(std::string_view(text).substr(0, equals))
             ? ""
             : "NAME=PHOTO or NAME=FOLDER is needed, with a name of at most 64 bytes";
}

RecognizerEngine engine_of(const std::string& name) {
  switch (engine_from_name(name).value_or(Engine::kAuto)) {
    case Engine::kAuto: break;
    case Engine::kFp32: return RecognizerEngine::kFp32;
    case Engine::kInt8: return RecognizerEngine::kInt8;
  }
  return RecognizerEngine::kAuto;
}

tl::unexpected<Error> refused(const std::string& name, const std::string& why) {
  return fail(ErrorCode::kInvalidOption, "--keep-person " + name + ": " + why);
}

Result<std::vector<std::string>> photos_at(const std::string& name, const std::string& path) {
  const PhotoList list = list_photos({path}, {});
  if (!list.unreadable.empty()) return refused(name, list.unreadable.front());
  std::vector<std::string> photos;
  photos.reserve(list.photos.size());
  for (const PhotoFile& photo : list.photos) photos.push_back(photo.input.string());
  if (photos.empty()) return refused(name, path + ": no photos found");
  return photos;
}

Result<std::vector<ReferenceLook>> look_at(const NamedPhotos& person, const PhotoWorkers& workers) {
  std::vector<Bytes> files;
  for (const std::string& photo : person.photos) {
    auto file = read_file(photo, Limits{}.max_bytes);
    if (!file) return refused(person.name, photo + ": " + file.error().message);
    files.push_back(std::move(*file));
  }
  std::vector<ReferenceLook> looks;
  for (std::size_t i = 0; i < files.size(); ++i) {
    const ByteView view = files[i];
    auto look = workers.look_at_references({&view, 1});
    if (!look) return refused(person.name, person.photos[i] + ": " + look.error().message);
    looks.push_back(std::move(look->front()));
  }
  return looks;
}

// Who stays visible and who may, for people to read.
class Likenesses {
 public:
  void add(Verdict verdict, const std::string& person, float score) {
    if (verdict == Verdict::kCover) return;
    std::array<char, 16> digits{};
    std::snprintf(digits.data(), digits.size(), " (%.2f)", static_cast<double>(score));
    std::string& list = verdict == Verdict::kKeep ? kept_ : asked_;
    list += (list.empty() ? "" : ", ") + person + digits.data();
  }
  std::string text() const {
    return (kept_.empty() ? "" : ", kept: " + kept_) +
           (asked_.empty() ? "" : ", covered, but perhaps: " + asked_);
  }

 private:
  std::string kept_;
  std::string asked_;
};

}  // namespace

void add_recognizer_options(CLI::App& command, RecognizerOptions& options) {
  command
      .add_option("--recognizer", options.recognizer,
                  "Other weights to compare faces with, as an ONNX file, with its --recognizer-keep and "
                  "--recognizer-ask")
      ->envname("FACE_PRIVACY_RECOGNIZER");
  command
      .add_option("--recognizer-keep", options.keep,
                  "Similarity from which on a face is kept without anybody looking, 0..1")
      ->check(number_in(0, 1))
      ->envname("FACE_PRIVACY_RECOGNIZER_KEEP");
  command.add_option("--recognizer-ask", options.ask, "Similarity from which on a face is asked about, 0..1")
      ->check(number_in(0, 1))
      ->envname("FACE_PRIVACY_RECOGNIZER_ASK");
}

Result<std::optional<Recognizer::Settings>> recognizer_settings(const RecognizerOptions& options,
                                                                const std::string& engine) {
  const bool half = options.keep.has_value() != options.ask.has_value();
  if (half || (!options.recognizer.empty() && !options.keep)) {
    return fail(ErrorCode::kInvalidOption, "--recognizer goes with --recognizer-keep and --recognizer-ask");
  }
  if (options.keep && !(*options.ask > 0 && *options.ask <= *options.keep && *options.keep < 1)) {
    return fail(ErrorCode::kInvalidOption, "0 < --recognizer-ask <= --recognizer-keep < 1 is needed");
  }
  Recognizer::Settings settings;
  settings.engine = engine_of(engine);
  settings.model_path =
      options.recognizer.empty() ? share_folder() + "/models/" + kWeights : options.recognizer;
  std::error_code error;
  if (options.recognizer.empty() && !std::filesystem::exists(settings.model_path, error)) {
    return std::optional<Recognizer::Settings>();
  }
  if (options.recognizer.empty()) settings.expected_sha256 = kWeightsSha256;
  if (options.keep) settings.bands = MatchBands{*options.keep, *options.ask};
  return std::optional(std::move(settings));
}

void add_people_options(CLI::App& command, PeopleOptions& options) {
  command
      .add_option("--keep-person", options.keep_person,
                  "NAME=PHOTO or NAME=FOLDER of 1 to 10 photos that show this person alone: leave that "
                  "person's face visible where it is surely the same; may be repeated (docs/people.md)")
      ->check(person_problem)
      ->allow_extra_args(false)
      ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
  add_recognizer_options(command, options.recognizer);
}

Result<std::vector<NamedPhotos>> reference_photos(const PeopleOptions& options) {
  std::vector<NamedPhotos> people;
  for (const std::string& text : options.keep_person) {
    const std::string name = text.substr(0, text.find('='));
    auto photos = photos_at(name, text.substr(text.find('=') + 1));
    if (!photos) return fail(photos);
    const auto known =
        std::find_if(people.begin(), people.end(), [&](const auto& person) { return person.name == name; });
    NamedPhotos& person = known != people.end() ? *known : people.emplace_back(NamedPhotos{name, {}});
    person.photos.insert(person.photos.end(), photos->begin(), photos->end());
    if (person.photos.size() > kMaxReferences) {
      return refused(name, std::to_string(person.photos.size()) + " photos; 1 to " +
                               std::to_string(kMaxReferences) + " are taken");
    }
  }
  if (people.size() > kMaxPeople) {
    return fail(ErrorCode::kInvalidOption,
                "--keep-person: at most " + std::to_string(kMaxPeople) + " people are looked for at a time");
  }
  return people;
}

Result<std::optional<Recognizer::Settings>> needed_recognizer(const PeopleOptions& options,
                                                              const std::string& engine) {
  auto settings = recognizer_settings(options.recognizer, engine);
  if (!settings) return fail(settings);
  if (options.keep_person.empty()) return std::optional<Recognizer::Settings>();
  if (!*settings) {
    return fail(
        ErrorCode::kModel,
        "--keep-person: the weights that faces are compared with are not installed; `make recognizer` "
        "brings them, or name others with --recognizer");
  }
  return settings;
}

Result<std::vector<Person>> learn_people(const std::vector<NamedPhotos>& photos,
                                         const PhotoWorkers& workers) {
  std::vector<Person> people;
  for (const NamedPhotos& person : photos) {
    const auto looks = look_at(person, workers);
    if (!looks) return fail(looks);
    if (const auto bad = first_bad(*looks)) {
      return refused(person.name, person.photos[bad->index] + ": " + std::string(sentence_of(bad->why)));
    }
    people.push_back({person.name, face_of(*looks)});
  }
  return people;
}

std::string describe_kept(const std::vector<FaceMatch>& matches, const std::vector<Person>& people) {
  Likenesses likenesses;
  for (const FaceMatch& match : matches) {
    if (match.person == kNobody) continue;
    likenesses.add(match.verdict, people[static_cast<std::size_t>(match.person)].name, match.score);
  }
  return likenesses.text();
}

std::string describe_kept(const ClipTracks& clip) {
  Likenesses likenesses;
  for (const Track& track : clip.tracks) {
    if (track.match)
      likenesses.add(track.match->verdict, track.match->person, track.match->score.value_or(0));
  }
  return likenesses.text();
}

}  // namespace face_privacy
