// A picture's samples as a JPEG file has them: luma at its own size, chroma mostly at half of it.
#pragma once

#include <array>
#include <span>
#include <vector>

#include "codec/jpeg/in_place/dct.h"
#include "codec/jpeg/in_place/plane.h"
#include "codec/jpeg/in_place/surface_coder.h"
#include "codec/jpeg/scan/frame_header.h"
#include "codec/jpeg/scan/scan_index.h"
#include "image/image.h"

namespace face_privacy::jpeg {

// Empty for layouts whose chromas are sampled unlike each other, or an RGB file whose colors are.
std::vector<JpegPlane> planes_of(const Layout& layout);

// Samples of a plane, clipped to it, that `mcus` of the layout's grid have.
Rect samples_of(const Rect& mcus, const JpegPlane& plane, const Layout& layout);

// What a plane is to be in some MCUs.
struct RedactedPlane {
  ImageView samples;  // beyond the edges the last ones go on
  int first_cell_x;   // where in the plane's grid of cells they begin
  int first_cell_y;
  SurfaceCoder surfaces;
};

// Between the blocks of MCUs and planes. `layout` and `planes` must outlive it.
class PlaneCoder {
 public:
  PlaneCoder(const Layout& layout, std::span<const JpegPlane> planes);

  // For each plane the samples of `mcus`, which `part` has. An MCU that is not read has one value all over in
  // each component.
  std::vector<Image> decode(const Rect& mcus, ScanPart& part) const;

  // The blocks of an MCU that is the `mcu_x`-th across and the `mcu_y`-th down of what `planes` begin with.
  void encode(std::span<const RedactedPlane> planes, int mcu_x, int mcu_y, Block* blocks) const;

  // One of each channel of a plane.
  std::span<const Quantizer> quantizers_of(std::size_t plane) const;

 private:
  // Where 8 x 8 samples of a plane lie in an MCU, and which blocks they are, one for each channel.
  struct BlockPlace {
    std::size_t plane;
    std::size_t first_component;
    int first_block;  // of the MCU's; the next channel's is `blocks_per_channel` farther on
    int blocks_per_channel;
    int x;  // in samples of the MCU
    int y;
  };

  void decode_mcu(const Block* blocks, int mcu_x, int mcu_y, std::span<const MutableImageView> views) const;
  void fill_mcu(const std::array<int, kMaxComponents>& dc, int mcu_x, int mcu_y,
                std::span<const MutableImageView> views) const;

  const Layout& layout_;
  std::span<const JpegPlane> planes_;
  std::vector<Quantizer> quantizers_;  // by component
  std::vector<Size> mcu_;              // by plane: samples of an MCU
  std::vector<BlockPlace> places_;
};

}  // namespace face_privacy::jpeg
