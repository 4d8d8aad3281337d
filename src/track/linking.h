// Joins boxes of successive frames that are likely the same face, as ByteTrack does: the sure boxes
// choose first, then the others.
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <vector>

#include "track/track.h"

namespace face_privacy {

struct Sighting {
  int frame = 0;
  MediaTime time{};
  ScoredBox found;
};

// A track in the making.
struct Draft {
  std::vector<Sighting> sightings;  // at least one
  float best_score = 0;
  float score_sum = 0;
  std::size_t doubles = 0;  // sightings that lie on another draft's with a higher score
};

class Linker {
 public:
  explicit Linker(const TrackOptions& options) : options_(options) {}

  // From here on a box continues a draft only where it nearly lies on the draft's last one.
  void begin_shot();

  // The camera moved so since the frame before. For each frame, before it is added.
  void move(const Similarity& camera);

  // The boxes of the next frame that was looked at; all have_place. Reorders them.
  void add(int frame, MediaTime time, std::span<ScoredBox> found);

  // All that are sure at least once, or seen often enough. The linker is empty then.
  std::vector<Draft> finish();

  std::size_t sighting_count() const { return sighting_count_; }

 private:
  struct Active {
    Draft draft;
    bool before_cut = false;  // not seen since the last cut
    bool taken = false;       // in the frame that is being added
    // Where its last two sightings would be now if they had moved with the camera alone.
    BoxF last{};
    BoxF before{};
  };

  bool is_sure(float score) const { return score >= options_.min_score; }
  bool is_face(const Draft& draft) const;
  static BoxF predicted(const Active& active, MediaTime time);
  static std::optional<float> cost(const Active& active, MediaTime time, const BoxF& box);
  void close_old(MediaTime time);
  void close_beyond_limit();
  void close(Active&& active);
  void match(int frame, MediaTime time, std::span<ScoredBox> found, std::vector<bool>& used, bool sure);
  void count_doubles();
  void start(int frame, MediaTime time, const ScoredBox& found);

  TrackOptions options_;
  std::vector<Active> active_;
  std::vector<Draft> finished_;
  std::size_t sighting_count_ = 0;
};

}  // namespace face_privacy
