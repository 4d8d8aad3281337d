#include "detect/look.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <utility>

#include "detect/retinaface/head_decoder.h"
#include "image/resize.h"

namespace face_privacy {
namespace {

// A face of the picture as it lies counts from here on when a turned copy has the people upright.
constexpr float kSureOnItsSide = 0.5F;

ImageView smallest_sufficient(const std::vector<ImageView>& views, Size wanted) {
  const auto smaller = [](const ImageView& a, const ImageView& b) { return a.width < b.width; };
  const ImageView* best = nullptr;
  for (const ImageView& view : views) {
    const bool sufficient =
        view.width >= kSufficientShare * wanted.width && view.height >= kSufficientShare * wanted.height;
    if (sufficient && (best == nullptr || smaller(view, *best))) best = &view;
  }
  return best != nullptr ? *best : *std::max_element(views.begin(), views.end(), smaller);
}

// From px of the network's input, moved by `origin` and scaled, to px of the picture.
class Placement {
 public:
  Placement(Size input, Size picture, const Rect& tile)
      : x_(static_cast<float>(tile.x)),
        y_(static_cast<float>(tile.y)),
        scale_x_(static_cast<float>(picture.width) / static_cast<float>(input.width)),
        scale_y_(static_cast<float>(picture.height) / static_cast<float>(input.height)) {}

  void place(Face& face) const {
    const PointF corner = placed({face.box.x, face.box.y});
    face.box = {corner.x, corner.y, face.box.width * scale_x_, face.box.height * scale_y_};
    Landmarks& marks = face.landmarks;
    for (PointF* mark :
         {&marks.left_eye, &marks.right_eye, &marks.nose, &marks.mouth_left, &marks.mouth_right}) {
      *mark = placed(*mark);
    }
  }

 private:
  PointF placed(PointF point) const { return {(point.x + x_) * scale_x_, (point.y + y_) * scale_y_}; }

  float x_;
  float y_;
  float scale_x_;
  float scale_y_;
};

// A px of the pass's input, in px of the picture.
float px_of(Size picture, const Pass& pass) {
  return static_cast<float>(picture.width) / static_cast<float>(network_input(picture, pass).size.width);
}

// What counts of a pass's candidates.
std::vector<Face> counted(std::vector<Face> candidates, const Pass& pass, Size picture) {
  const Size input = network_input(picture, pass).size;
  const float scale_x = static_cast<float>(picture.width) / static_cast<float>(input.width);
  const float scale_y = static_cast<float>(picture.height) / static_cast<float>(input.height);
  const auto smallest = static_cast<float>(pass.min_face_px);
  std::erase_if(candidates,
                [&](const Face& face) { return face.box.area() < smallest * smallest * scale_x * scale_y; });
  return suppress_repeats(std::move(candidates));
}

Result<Evidence> evidence_in_copy(PictureLook& look, Pass pass, Orientation orientation) {
  pass.orientation = orientation;
  auto candidates = look.candidates(pass);
  if (!candidates) return fail(candidates);
  return evidence_of(suppress_repeats(std::move(*candidates)), look.size(), px_of(look.size(), pass));
}

Result<std::vector<CopyEvidence>> look_at_copies(PictureLook& look, const Pass& pass,
                                                 std::span<const Orientation> orientations) {
  std::vector<CopyEvidence> copies;
  for (const Orientation orientation : orientations) {
    const auto evidence = evidence_in_copy(look, pass, orientation);
    if (!evidence) return fail(evidence);
    copies.push_back({orientation, *evidence});
  }
  return copies;
}

// A face found in the copy `turned` of a picture that was drawn at the size `drawn`, both told in other px:
// those of `turned_picture` and, as the result is, of `picture`.
Face placed_back(Face face, Orientation way, Size turned_picture, Size drawn, Size picture) {
  Placement(turned_picture, oriented(drawn, way), {}).place(face);
  face = upright_again(face, way, drawn);
  Placement(drawn, picture, {}).place(face);
  return face;
}

// The size of a copy turned by `way` at the scale that the picture has, where it was drawn at the size
// `drawn`.
Size turned_size(Size picture, Size drawn, Orientation way) {
  if (!is_tilted(way)) return oriented(picture, way);
  const double scale = static_cast<double>(picture.width) / drawn.width;
  const int side = std::max(1, static_cast<int>(std::lround(oriented(drawn, way).width * scale)));
  return {side, side};
}

// What speaks for a face when `pass` is asked: that pass, and turned copies, as no other pass sees heads
// that lie on their side.
std::vector<Face> seen_by(const std::vector<PassFaces>& found, std::size_t pass) {
  std::vector<Face> faces = found[pass].faces;
  for (const PassFaces& one : found) {
    if (one.turned) faces.insert(faces.end(), one.faces.begin(), one.faces.end());
  }
  return faces;
}

}  // namespace

Result<std::vector<Face>> find_candidates(const Network& network, const ImageView& rgb, const Pass& pass) {
  const bool upright = pass.orientation == Orientation::kUpright;
  const Image copy = upright ? Image() : oriented(rgb, pass.orientation);
  auto outputs = network.run(upright ? rgb : copy.view());
  if (!outputs) return fail(outputs);
  auto faces = decode_heads(*outputs, network.coding(), std::max(kCandidateScore, pass.min_score));
  for (Face& face : faces) face = upright_again(face, pass.orientation, rgb.size());
  return faces;
}

const Image& PictureLook::sized(Size size) {
  const auto same =
      std::find_if(made_.begin(), made_.end(), [&](const Image& image) { return image.size() == size; });
  if (same != made_.end()) return *same;
  made_.push_back(resize_to_rgb8(smallest_sufficient(views_, size), size));
  views_.push_back(made_.back().view());
  return made_.back();
}

ImageView PictureLook::largest() const {
  return std::max_element(made_.begin(), made_.end(),
                          [](const Image& a, const Image& b) { return a.width() < b.width(); })
      ->view();
}

Result<std::vector<Face>> PictureLook::candidates(const Pass& pass) {
  const NetworkInput input = network_input(size_, pass);
  const Image& rgb = sized(input.size);
  std::vector<Face> candidates;
  for (const Rect& tile : input.tiles) {
    if (auto running = stop_.check(); !running) return fail(running);
    auto faces = find_candidates(network_, rgb.view().crop(tile), pass);
    if (!faces) return fail(faces);
    const Placement placement(input.size, size_, tile);
    for (Face& face : *faces) placement.place(face);
    candidates.insert(candidates.end(), faces->begin(), faces->end());
  }
  return candidates;
}

Result<Findings> run_profile(PictureLook& look, const ProfilePlan& plan) {
  Findings findings;
  findings.passes = passes_for(look.size(), plan);
  for (const Pass& pass : findings.passes) {
    auto candidates = look.candidates(pass);
    if (!candidates) return fail(candidates);
    findings.px.push_back(px_of(look.size(), pass));
    if (pass.orientation == Orientation::kUpright) {
      // Passes come largest first, so the last one that is large enough stays.
      const Evidence evidence = evidence_of(suppress_repeats(*candidates), look.size(), findings.px.back());
      if (pass.long_side_px >= kSecondLook.long_side_px) findings.at_second_look = evidence;
      findings.at_first_look = evidence;
    }
    findings.found.push_back(
        {counted(std::move(*candidates), pass, look.size()), is_turned(pass.orientation)});
  }
  return findings;
}

Result<Orientation> find_way_up(PictureLook& look, const Findings& upright, const ProfilePlan& plan) {
  constexpr std::array kTiltings{Orientation::kTiltedLeft, Orientation::kTiltedRight};
  const auto lean = mean_lean(agreed_faces(upright));
  if (lean && std::abs(*lean) >= kLeaning) {
    const Orientation way = against_lean(*lean);
    const auto first = evidence_in_copy(look, kFirstLook, way);
    if (!first) return fail(first);
    if (is_upright_tilted(upright.at_first_look, *first)) return way;
    const auto second = evidence_in_copy(look, kSecondLook, way);
    if (!second) return fail(second);
    if (is_upright_tilted(upright.at_second_look, *second)) return way;
  }
  if (!plan.finds_way_up) return Orientation::kUpright;
  const auto first = look_at_copies(look, kFirstLook, kTurnings);
  if (!first) return fail(first);
  const auto sees_nobody = [](const CopyEvidence& copy) { return is_scant(copy.evidence); };
  if (!is_scant(upright.at_first_look) || !std::all_of(first->begin(), first->end(), sees_nobody)) {
    return way_up(upright.at_first_look, *first, kLeastSum);
  }
  const auto tilted = look_at_copies(look, kFirstLook, kTiltings);
  if (!tilted) return fail(tilted);
  if (const Orientation way = way_up(upright.at_first_look, *tilted, kLeastSum);
      way != Orientation::kUpright) {
    return way;
  }
  auto second = look_at_copies(look, kSecondLook, kTurnings);
  if (!second) return fail(second);
  for (CopyEvidence& copy : *second) copy.evidence = of_small_faces(copy.evidence);
  return way_up(of_small_faces(upright.at_second_look), *second, kLeastSumOfSecondLook);
}

Result<Findings> look_again(PictureLook& look, const Network& network, Orientation way,
                            const ProfilePlan& plan, Findings before, const StopCondition& stop) {
  const Size drawn = look.largest().size();
  const Image copy = oriented(look.largest(), way);
  PictureLook turned_look(network, {turned_size(look.size(), drawn, way), {copy.view()}}, stop);
  auto findings = run_profile(turned_look, plan);
  if (!findings) return findings;
  for (PassFaces& pass : findings->found) {
    for (Face& face : pass.faces) face = placed_back(face, way, turned_look.size(), drawn, look.size());
  }
  for (std::size_t i = 0; i < before.found.size(); ++i) {
    PassFaces& pass = before.found[i];
    pass.turned = true;
    std::erase_if(pass.faces, [](const Face& face) { return face.score < kSureOnItsSide; });
    findings->found.push_back(std::move(pass));
    findings->passes.push_back(before.passes[i]);
    findings->px.push_back(before.px[i]);
  }
  return findings;
}

std::vector<Face> agreed_faces(const Findings& findings, float majority) {
  auto faces = merge_passes(findings.found);
  std::vector<CrossCheck> checks;
  for (std::size_t i = 0; i < findings.found.size(); ++i) {
    if (findings.found[i].turned) continue;
    const auto [from_px, to_px] = reliable_sizes(findings.passes[i]);
    const float px = findings.px[i];
    checks.push_back({seen_by(findings.found, i), from_px * px, to_px * px, kLargeFacePx * px});
  }
  demote_large_faces(faces, checks, majority);
  for (std::size_t i = 0; i < findings.found.size(); ++i) {
    if (!findings.passes[i].cross_checks || findings.found[i].turned) continue;
    CrossCheckRule rule = *findings.passes[i].cross_checks;
    rule.from_px *= findings.px[i];
    rule.to_px *= findings.px[i];
    demote_unseen_faces(faces, seen_by(findings.found, i), rule);
  }
  return faces;
}

}  // namespace face_privacy
