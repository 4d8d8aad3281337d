// Redaction of those parts of a picture that regions touch, plane by plane.
//
// An editor knows the picture and how its parts are taken out and put back:
//   Edits, made of the pixels that must change, with add(part);
//   size(), planes(), mcu_height_px(), patch_area(area), groups(changes);
//   decode(area) and decode(area, exact), which give a patch for each plane;
//   encode(patches, changed), which makes a part of redacted patches and their surfaces.
// JpegEditor (codec/jpeg/in_place/editor.h) is one, and says what each of them means.
#pragma once

#include <algorithm>
#include <span>
#include <utility>
#include <vector>

#include "redact/redact.h"

namespace face_privacy {

template <class Editor>
class InPlaceRedaction {
 public:
  InPlaceRedaction(const Editor& editor, std::span<const Region> regions, const RedactOptions& options)
      : editor_(editor), regions_(regions), options_(options) {
    for (const Region& region : regions) {
      bands_.push_back(region.bands(editor.size(), editor.mcu_height_px()));
      bounds_.push_back(region.bounds());
    }
  }

  std::vector<Rect> planned() const {
    std::vector<Rect> all;
    for (const auto& bands : bands_) all.insert(all.end(), bands.begin(), bands.end());
    return all;
  }

  // Regions that change the same MCUs must be redacted together.
  std::vector<std::vector<int>> groups() const { return editor_.groups(bands_); }

  auto redact(std::span<const int> group) const {
    const Part part = part_of(group);
    auto patches = decode_for(part);
    std::vector<RedactedPatch> redacted;
    for (std::size_t i = 0; i < patches.size(); ++i) {
      const auto& plane = editor_.planes()[i];
      redacted.push_back(Redactor::redact(std::move(patches[i]), plane.size, on_plane(part.regions, plane),
                                          on_plane(part.others, plane), options_, SmoothParts::kSurfaces));
    }
    return editor_.encode(redacted, part.changed);
  }

 private:
  struct Part {
    std::vector<Region> regions;
    std::vector<Region> others;  // of the picture's other regions those that meet the area
    std::vector<Rect> changed;   // no larger than it need be
    Rect area;
  };

  static std::vector<Region> on_plane(std::span<const Region> regions, const auto& plane) {
    std::vector<Region> result;
    result.reserve(regions.size());
    for (const Region& region : regions) result.push_back(region.on_plane(plane.shrink_x, plane.shrink_y));
    return result;
  }

  Part part_of(std::span<const int> group) const {
    Part part;
    std::vector<bool> is_member(regions_.size());
    for (const int member : group) {
      const auto i = static_cast<std::size_t>(member);
      is_member[i] = true;
      part.regions.push_back(regions_[i]);
      part.changed.insert(part.changed.end(), bands_[i].begin(), bands_[i].end());
      part.area = unite(part.area, unite(support_of(regions_[i]), bounds_[i]));
    }
    part.area = editor_.patch_area(part.area);
    for (std::size_t i = 0; i < regions_.size(); ++i) {
      if (!is_member[i] && !intersect(bounds_[i], part.area).empty()) part.others.push_back(regions_[i]);
    }
    return part;
  }

  // The pixels that a region's redaction reads or writes on any plane.
  Rect support_of(const Region& region) const {
    Rect support;
    for (const auto& plane : editor_.planes()) {
      const Region there = region.on_plane(plane.shrink_x, plane.shrink_y);
      support = unite(support, plane.pixels_of(Redactor::support(there, plane.size)));
    }
    return support;
  }

  // The parts of it that must be decoded exactly.
  void add_close_support(const Region& region, std::vector<Rect>& rects) const {
    for (const auto& plane : editor_.planes()) {
      const Region there = region.on_plane(plane.shrink_x, plane.shrink_y);
      const int band = editor_.mcu_height_px() / plane.shrink_y;
      for (const Rect& rect : Redactor::close_support(there, plane.size, band)) {
        rects.push_back(plane.pixels_of(rect));
      }
    }
  }

  auto decode_for(const Part& part) const {
    // Where so many regions meet, telling what each looks at takes longer than decoding it.
    constexpr std::size_t kManyRegions = 100;
    const bool has_mosaic = std::any_of(part.regions.begin(), part.regions.end(), [&](const Region& region) {
      return region.style.value_or(options_.style) == Style::kPixelate;
    });
    if (has_mosaic || part.regions.size() > kManyRegions) {
      return editor_.decode(part.area);
    }
    std::vector<Rect> exact;
    for (const Region& region : part.regions) add_close_support(region, exact);
    return editor_.decode(part.area, exact);
  }

  const Editor& editor_;
  const std::span<const Region> regions_;
  const RedactOptions& options_;
  std::vector<std::vector<Rect>> bands_;  // of each region
  std::vector<Rect> bounds_;
};

template <class Editor>
Result<Redacted<typename Editor::Edits>> Redactor::redact_in_place(const Editor& editor,
                                                                   std::span<const Region> regions,
                                                                   const RedactOptions& options,
                                                                   const StopCondition& stop) {
  const InPlaceRedaction<Editor> redaction(editor, regions, options);
  typename Editor::Edits edits(redaction.planned());
  for (const std::vector<int>& group : redaction.groups()) {
    if (auto running = stop.check(); !running) return fail(running);
    edits.add(redaction.redact(group));
  }
  return Redacted<typename Editor::Edits>(std::move(edits));
}

}  // namespace face_privacy
