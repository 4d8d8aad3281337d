#include "detect/look.h"

#include <algorithm>
#include <utility>

#include "detect/retinaface/head_decoder.h"
#include "image/resize.h"

namespace face_privacy {
namespace {

// Below this nothing is a face in any profile; a lower --min-score finds no more.
constexpr float kCandidateScore = 0.05F;

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

using TurnedEvidence = std::array<Evidence, kTurnings.size()>;

Result<TurnedEvidence> look_at_turned_copies(PictureLook& look, const Pass& pass) {
  TurnedEvidence turned;
  for (std::size_t i = 0; i < kTurnings.size(); ++i) {
    const auto evidence = evidence_in_copy(look, pass, kTurnings[i]);
    if (!evidence) return fail(evidence);
    turned[i] = *evidence;
  }
  return turned;
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
    if (auto go_on = stop_.check(); !go_on) return fail(go_on);
    auto faces = find_candidates(network_, rgb.view().crop(tile), pass);
    if (!faces) return fail(faces);
    const Placement placement(input.size, size_, tile);
    for (Face& face : *faces) placement.place(face);
    candidates.insert(candidates.end(), faces->begin(), faces->end());
  }
  return candidates;
}

Result<Findings> run_profile(PictureLook& look, Profile profile) {
  Findings findings;
  findings.passes = passes_for(look.size(), profile);
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

Result<Orientation> find_way_up(PictureLook& look, const Findings& upright) {
  const auto first = look_at_turned_copies(look, kFirstLook);
  if (!first) return fail(first);
  if (!is_scant(upright.at_first_look) || !std::all_of(first->begin(), first->end(), is_scant)) {
    return way_up(upright.at_first_look, *first, kLeastSum);
  }
  auto second = look_at_turned_copies(look, kSecondLook);
  if (!second) return fail(second);
  for (Evidence& evidence : *second) evidence = of_small_faces(evidence);
  return way_up(of_small_faces(upright.at_second_look), *second, kLeastSumOfSecondLook);
}

Result<Findings> look_again(PictureLook& look, const Network& network, Orientation way, Profile profile,
                            Findings before, const StopCondition& stop) {
  const Image copy = oriented(look.largest(), way);
  PictureLook turned_look(network, {oriented(look.size(), way), {copy.view()}}, stop);
  auto findings = run_profile(turned_look, profile);
  if (!findings) return findings;
  for (PassFaces& pass : findings->found) {
    for (Face& face : pass.faces) face = upright_again(face, way, look.size());
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

std::vector<Face> agreed_faces(const Findings& findings) {
  auto faces = merge_passes(findings.found);
  std::vector<Witness> witnesses;
  for (std::size_t i = 0; i < findings.found.size(); ++i) {
    if (findings.found[i].turned) continue;
    const auto [from_px, to_px] = reliable_sizes(findings.passes[i]);
    const float px = findings.px[i];
    witnesses.push_back({seen_by(findings.found, i), from_px * px, to_px * px, kLargeFacePx * px});
  }
  doubt_large_faces(faces, witnesses);
  for (std::size_t i = 0; i < findings.found.size(); ++i) {
    if (!findings.passes[i].confirms || findings.found[i].turned) continue;
    Confirmation rule = *findings.passes[i].confirms;
    rule.from_px *= findings.px[i];
    rule.to_px *= findings.px[i];
    doubt_unseen_faces(faces, seen_by(findings.found, i), rule);
  }
  return faces;
}

}  // namespace face_privacy
