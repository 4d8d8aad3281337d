// People who may be seen, on the command line: --keep-person and --recognizer.
#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/error.h"
#include "embed/recognizer.h"
#include "match/references.h"
#include "track/track.h"
#include "worker/photo_workers.h"

namespace CLI {
class App;
}

namespace face_privacy {

struct RecognizerOptions {
  std::string recognizer;     // empty: the weights that scripts/recognizer brings
  std::optional<float> keep;  // MatchBands, for weights that are not known
  std::optional<float> ask;
};
void add_recognizer_options(CLI::App& command, RecognizerOptions& options);

// Where its weights are and what they mean. `engine` is that of SharedOptions. Nothing where there are none.
// kInvalidOption where weights of the user's own come without their similarities.
Result<std::optional<Recognizer::Settings>> recognizer_settings(const RecognizerOptions& options,
                                                                const std::string& engine);

struct PeopleOptions {
  RecognizerOptions recognizer;
  std::vector<std::string> keep_person;  // NAME=PHOTO or NAME=FOLDER
};
void add_people_options(CLI::App& command, PeopleOptions& options);

// kInvalidOption, kIo: what is wrong with the options, before anything is begun.
struct NamedPhotos {
  std::string name;
  std::vector<std::string> photos;
};
Result<std::vector<NamedPhotos>> reference_photos(const PeopleOptions& options);

// Nothing where nobody is named. kModel where people are named and there is no recognizer.
Result<std::optional<Recognizer::Settings>> needed_recognizer(const PeopleOptions& options,
                                                              const std::string& engine);

// What the people look like. kInvalidOption names the photo that is no reference, and why.
Result<std::vector<Person>> learn_people(const std::vector<NamedPhotos>& photos, const PhotoWorkers& workers);

// ", kept: anna (0.71), covered, but perhaps: ben (0.45)"; empty where nobody was near.
std::string describe_kept(const std::vector<FaceMatch>& matches, const std::vector<Person>& people);
std::string describe_kept(const ClipTracks& clip);

}  // namespace face_privacy
