#include "match/groups.h"

#include <algorithm>
#include <cmath>
#include <functional>
#include <numeric>
#include <optional>
#include <utility>

namespace face_privacy {
namespace {

bool can_be_compared(const Probe& probe) { return probe.doubt == Doubt::kNone && !probe.embedding.empty(); }

void add(Embedding& sum, const Embedding& face) {
  std::transform(sum.begin(), sum.end(), face.begin(), sum.begin(), std::plus<>());
}

float length_of(const Embedding& values) {
  return std::sqrt(std::inner_product(values.begin(), values.end(), values.begin(), 0.F));
}

struct Cluster {
  std::vector<int> faces;  // ascending
  Embedding sum;

  Embedding middle() const { return unit(sum); }
  // How near its own faces are to its middle, in the mean.
  float closeness() const { return length_of(sum) / static_cast<float>(faces.size()); }
};

// One group's faces to the middle of the other's, in the mean: what the bands were measured for. Two middles
// alone would be nearer, since what is particular to a photo is gone from both.
float likeness_of(const Cluster& one, const Cluster& other) {
  return similarity(one.middle(), other.middle()) * std::max(one.closeness(), other.closeness());
}

class Grouper {
 public:
  Grouper(std::span<const FaceOfPhoto> faces, const SaidPairs& said, const MatchBands& bands)
      : faces_(faces), said_(said), bands_(bands), is_said_(faces.size(), false) {
    for (std::size_t i = 0; i < faces.size(); ++i) {
      if (can_be_compared(faces[i].probe)) clusters_.push_back(cluster_of(static_cast<int>(i)));
    }
  }

  Grouping group() {
    join_what_was_said();
    join_what_is_alike();
    part_with_doubts();
    std::sort(clusters_.begin(), clusters_.end(), [](const Cluster& one, const Cluster& other) {
      const bool as_large = one.faces.size() == other.faces.size();
      return as_large ? one.faces.front() < other.faces.front() : one.faces.size() > other.faces.size();
    });
    Grouping grouping;
    for (const Cluster& cluster : clusters_) grouping.groups.push_back(cluster.faces);
    grouping.alike = likenesses();
    return grouping;
  }

 private:
  Cluster cluster_of(int face) const { return {{face}, embedding(face)}; }
  const FaceOfPhoto& at(int face) const { return faces_[static_cast<std::size_t>(face)]; }
  const Embedding& embedding(int face) const { return at(face).probe.embedding; }

  std::optional<std::size_t> cluster_with(int face) const {
    for (std::size_t c = 0; c < clusters_.size(); ++c) {
      const auto& in = clusters_[c].faces;
      if (std::binary_search(in.begin(), in.end(), face)) return c;
    }
    return std::nullopt;
  }

  void join(std::size_t one, std::size_t other) {
    Cluster& into = clusters_[one];
    add(into.sum, clusters_[other].sum);
    std::vector<int> all;
    std::merge(into.faces.begin(), into.faces.end(), clusters_[other].faces.begin(),
               clusters_[other].faces.end(), std::back_inserter(all));
    into.faces = std::move(all);
    clusters_.erase(clusters_.begin() + static_cast<std::ptrdiff_t>(other));
  }

  void join_what_was_said() {
    for (const FacePair& pair : said_.same) {
      const auto one = cluster_with(pair.one);
      const auto other = cluster_with(pair.other);
      if (!one || !other) continue;
      is_said_[static_cast<std::size_t>(pair.one)] = is_said_[static_cast<std::size_t>(pair.other)] = true;
      if (*one != *other) join(std::min(*one, *other), std::max(*one, *other));
    }
  }

  bool were_said_different(const Cluster& one, const Cluster& other) const {
    const auto has = [](const Cluster& cluster, int face) {
      return std::binary_search(cluster.faces.begin(), cluster.faces.end(), face);
    };
    return std::any_of(said_.different.begin(), said_.different.end(), [&](const FacePair& pair) {
      return (has(one, pair.one) && has(other, pair.other)) || (has(one, pair.other) && has(other, pair.one));
    });
  }
  bool share_a_photo(const Cluster& one, const Cluster& other) const {
    return std::any_of(one.faces.begin(), one.faces.end(), [&](int face) {
      return std::any_of(other.faces.begin(), other.faces.end(),
                         [&](int second) { return at(face).photo == at(second).photo; });
    });
  }
  bool may_be_one(const Cluster& one, const Cluster& other) const {
    return !share_a_photo(one, other) && !were_said_different(one, other);
  }

  // The nearest two first, until none are near enough. Rows that a join does not touch are kept: without
  // that the work would grow with the fourth power of the faces.
  void join_what_is_alike() {
    std::vector<std::vector<float>> scores(clusters_.size());
    for (std::size_t c = 0; c < clusters_.size(); ++c) scores[c] = row(c);
    for (;;) {
      float best = bands_.keep;
      std::optional<std::pair<std::size_t, std::size_t>> nearest;
      for (std::size_t c = 1; c < clusters_.size(); ++c) {
        const auto most = std::max_element(scores[c].begin(), scores[c].end());
        if (!(*most >= best)) continue;
        best = *most;
        nearest = {static_cast<std::size_t>(most - scores[c].begin()), c};
      }
      if (!nearest) return;
      const auto [one, other] = *nearest;
      join(one, other);
      scores.erase(scores.begin() + static_cast<std::ptrdiff_t>(other));
      for (std::size_t c = other; c < scores.size(); ++c) {
        scores[c].erase(scores[c].begin() + static_cast<std::ptrdiff_t>(other));
      }
      scores[one] = row(one);
      for (std::size_t c = one + 1; c < scores.size(); ++c) scores[c][one] = score(c, one);
    }
  }
  // To all clusters before it.
  std::vector<float> row(std::size_t cluster) const {
    std::vector<float> scores;
    scores.reserve(cluster);
    for (std::size_t c = 0; c < cluster; ++c) scores.push_back(score(cluster, c));
    return scores;
  }
  float score(std::size_t one, std::size_t other) const {
    const Cluster& a = clusters_[one];
    const Cluster& b = clusters_[other];
    return may_be_one(a, b) ? likeness_of(a, b) : -1.F;
  }

  // A face that would not be kept for the others of its group leaves it, unless somebody put it there.
  void part_with_doubts() {
    std::vector<int> doubtful;
    for (const Cluster& cluster : clusters_) {
      if (cluster.faces.size() < 2) continue;
      for (const int face : cluster.faces) {
        if (!is_said_[static_cast<std::size_t>(face)] && is_doubtful(face, cluster)) doubtful.push_back(face);
      }
    }
    for (const int face : doubtful) {
      if (const auto cluster = cluster_with(face)) part(clusters_[*cluster], face);
    }
  }
  void part(Cluster& cluster, int face) {
    if (cluster.faces.size() < 2) return;
    cluster.faces.erase(std::find(cluster.faces.begin(), cluster.faces.end(), face));
    cluster.sum = sum_of(cluster.faces);
    clusters_.push_back(cluster_of(face));
  }
  Embedding sum_of(const std::vector<int>& faces) const {
    Embedding sum(embedding(faces.front()).size(), 0.F);
    for (const int face : faces) add(sum, embedding(face));
    return sum;
  }

  bool is_doubtful(int face, const Cluster& cluster) const {
    std::vector<int> others = cluster.faces;
    others.erase(std::find(others.begin(), others.end(), face));
    const Embedding person = unit(sum_of(others));
    const float own = similarity(embedding(face), person);
    return !(own >= bands_.keep) || is_there_twice(face, person, own) ||
           looks_like_another(face, cluster, own);
  }
  bool is_there_twice(int face, const Embedding& person, float own) const {
    for (std::size_t i = 0; i < faces_.size(); ++i) {
      const bool is_other = static_cast<int>(i) != face && faces_[i].photo == at(face).photo;
      if (!is_other || !can_be_compared(faces_[i].probe)) continue;
      if (similarity(faces_[i].probe.embedding, person) > own - kTwiceWithin) return true;
    }
    return false;
  }
  // One face alone is no other person: it may be one more of this one's.
  bool looks_like_another(int face, const Cluster& own_cluster, float own) const {
    return std::any_of(clusters_.begin(), clusters_.end(), [&](const Cluster& other) {
      return &other != &own_cluster && other.faces.size() > 1 &&
             similarity(embedding(face), other.middle()) > own - kTwoPeopleWithin;
    });
  }

  std::vector<Likeness> likenesses() const {
    std::vector<Likeness> alike;
    for (std::size_t one = 0; one < clusters_.size(); ++one) {
      for (std::size_t other = one + 1; other < clusters_.size(); ++other) {
        const float likeness = score(one, other);
        if (likeness >= bands_.ask) {
          alike.push_back({static_cast<int>(one), static_cast<int>(other), likeness});
        }
      }
    }
    std::stable_sort(alike.begin(), alike.end(),
                     [](const Likeness& a, const Likeness& b) { return a.score > b.score; });
    if (alike.size() > kMaxLikenesses) alike.resize(kMaxLikenesses);
    return alike;
  }

  std::span<const FaceOfPhoto> faces_;
  const SaidPairs& said_;
  const MatchBands& bands_;
  std::vector<bool> is_said_;
  std::vector<Cluster> clusters_;
};

}  // namespace

Grouping group_faces(std::span<const FaceOfPhoto> faces, const SaidPairs& said, const MatchBands& bands) {
  return Grouper(faces, said, bands).group();
}

}  // namespace face_privacy
