#include "panorama/find_faces.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <numbers>

#include "panorama/sphere_view.h"

namespace face_privacy {
namespace {

// Each sees 90 degrees. Around the middle they overlap by 30 degrees, around 50 degrees up and down by more;
// people who stand are upright in all of these. Straight up and down a face may lie in any way.
constexpr std::array kDirections{
    ViewDirection{0, 0},     ViewDirection{60, 0},    ViewDirection{120, 0}, ViewDirection{180, 0},
    ViewDirection{240, 0},   ViewDirection{300, 0},   ViewDirection{0, 50},  ViewDirection{90, 50},
    ViewDirection{180, 50},  ViewDirection{270, 50},  ViewDirection{0, -50}, ViewDirection{90, -50},
    ViewDirection{180, -50}, ViewDirection{270, -50}, ViewDirection{0, 90},  ViewDirection{90, 90},
    ViewDirection{180, 90},  ViewDirection{270, 90},  ViewDirection{0, -90}, ViewDirection{90, -90},
    ViewDirection{180, -90}, ViewDirection{270, -90},
};

// In the middle of a view a pixel is as large as one of the equator of a panorama of kPanoramaPx; of a
// smaller one as its own. What a file says of its sphere cannot make a view larger.
int side_of_view(float full_width) {
  constexpr int kMinPx = 64;
  const float width = std::min(full_width, static_cast<float>(kPanoramaPx));
  return std::max(kMinPx, static_cast<int>(std::lround(width / std::numbers::pi_v<float>)));
}

// Cut by the view's edge, and small enough for a neighbor to show it whole.
bool is_cut(const BoxF& box, int side_px) {
  const auto side = static_cast<float>(side_px);
  const bool is_inside = box.x > 0 && box.y > 0 && box.right() < side && box.bottom() < side;
  return !is_inside && std::max(box.width, box.height) < side / 4;
}

// What would be covered around a face reaches further than its box.
bool nears(const Face& face, float edge) {
  const float beyond = face.box.width / 2;
  return face.box.x - beyond < edge && face.box.right() + beyond > edge;
}

Face moved(Face face, float by) {
  face.box.x += by;
  Landmarks& points = face.landmarks;
  for (PointF* point :
       {&points.left_eye, &points.right_eye, &points.nose, &points.mouth_left, &points.mouth_right}) {
    point->x += by;
  }
  return face;
}

// Faces at the seam once more at the other edge.
void add_other_sides(std::vector<Face>& faces, const SphereArea& area) {
  const std::size_t count = faces.size();
  for (std::size_t i = 0; i < count; ++i) {
    const Face face = faces[i];
    if (nears(face, 0)) faces.push_back(moved(face, area.full_width));
    if (nears(face, area.full_width)) faces.push_back(moved(face, -area.full_width));
  }
}

bool lies_in(const Face& face, Size picture) {
  const BoxF whole{0, 0, static_cast<float>(picture.width), static_cast<float>(picture.height)};
  return intersection_area(face.box, whole) > 0;
}

// Where on the sphere a face is. In the picture, boxes near a pole grow so wide that those of two people
// overlap like two boxes of one.
struct Candidate {
  Face face;  // in the panorama's picture
  SphereDirection middle;
  float radius_rad = 0;
};

Candidate seen_flat(const Face& face, const SphereArea& area) {
  return {face, direction_of(face.box.center(), area),
          face.box.height / 2 / area.full_height * std::numbers::pi_v<float>};
}

Candidate seen_in(const SphereView& view, const Face& face) {
  const BoxF& box = face.box;
  const SphereDirection middle = view.direction_of(box.center());
  const float across = angle_between(middle, view.direction_of({box.right(), box.center().y}));
  const float along = angle_between(middle, view.direction_of({box.center().x, box.bottom()}));
  return {view.in_panorama(face), middle, (across + along) / 2};
}

// As two boxes are one face's that overlap by more than kSameFaceOverlap.
bool are_same(const Candidate& a, const Candidate& b) {
  constexpr float kNear = 0.96F;  // squares that far apart, in halves of their sides, overlap by 0.35
  constexpr float kAlike = 2;     // so do squares within each other up to this ratio of their sides
  const auto [smaller, larger] = std::minmax(a.radius_rad, b.radius_rad);
  return larger < kAlike * smaller && angle_between(a.middle, b.middle) < kNear * (smaller + larger) / 2;
}

// One candidate of each face, the best; best first.
std::vector<Face> best_of(std::vector<Candidate> candidates) {
  std::stable_sort(candidates.begin(), candidates.end(),
                   [](const Candidate& a, const Candidate& b) { return a.face.score > b.face.score; });
  std::vector<Candidate> best;
  for (const Candidate& candidate : candidates) {
    const bool is_known = std::any_of(best.begin(), best.end(),
                                      [&](const Candidate& other) { return are_same(candidate, other); });
    if (!is_known) best.push_back(candidate);
  }
  std::vector<Face> faces;
  faces.reserve(best.size());
  for (const Candidate& candidate : best) faces.push_back(candidate.face);
  return faces;
}

}  // namespace

Result<std::vector<Face>> find_faces_on_sphere(const Detector& detector, const PictureViews& picture,
                                               const SphereArea& area, Profile profile,
                                               std::optional<float> min_score, const StopCondition& stop) {
  auto flat = detector.find_faces(picture, profile, min_score, stop);
  if (!flat) return flat;
  std::vector<Candidate> candidates;
  for (const Face& face : *flat) candidates.push_back(seen_flat(face, area));
  const ImageView& pixels = picture.views.front();
  const float scale = static_cast<float>(pixels.width) / static_cast<float>(picture.full_size.width);
  const int side = side_of_view(area.full_width * scale);
  for (const ViewDirection& direction : kDirections) {
    if (auto running = stop.check(); !running) return fail(running);
    const SphereView view(area, direction, side);
    const Image seen = view.render(pixels, scale);
    const auto found = detector.find_faces({seen.size(), {seen.view()}}, profile, min_score, stop);
    if (!found) return found;
    for (const Face& face : *found) {
      if (!is_cut(face.box, side)) candidates.push_back(seen_in(view, face));
    }
  }
  std::vector<Face> faces = best_of(std::move(candidates));
  if (area.goes_around(picture.full_size.width)) add_other_sides(faces, area);
  std::erase_if(faces, [&](const Face& face) { return !lies_in(face, picture.full_size); });
  return faces;
}

}  // namespace face_privacy
