// The scans of a progressive file (ITU-T T.81, annex G), each of which adds to a picture's coefficients.
#pragma once

#include <array>
#include <cstdint>

#include "codec/jpeg/scan/coefficients.h"
#include "codec/jpeg/scan/entropy_bytes.h"
#include "codec/jpeg/scan/frame_header.h"

namespace face_privacy::jpeg {

struct ProgressiveScan {
  int component_count = 1;
  std::array<int, kMaxComponents> components{};  // of the frame, in its order
  int first = 0;                                 // of the coefficients, in zigzag order
  int last = 0;
  int high = 0;  // the bit above the one that the scan adds; 0: it is the first for these coefficients
  int low = 0;   // the lowest bit of what is then known

  bool is_dc() const { return first == 0; }
  bool refines() const { return high != 0; }
};

// MCUs of a scan: those of the frame, or of one component each block that holds pixels.
std::size_t mcus_of_scan(const ProgressiveScan& scan, const Layout& layout, const Coefficients& picture);

// MCUs from one restart marker to the next: all of them where there are none.
inline std::size_t interval_of(const Layout& layout, std::size_t mcus) {
  return layout.restart_interval > 0 ? static_cast<std::size_t>(layout.restart_interval) : mcus;
}

// Read a scan with the tables and the restart interval that `layout` has. False for whatever libjpeg would
// warn of, and for values that a baseline file could not have. The scan's parameters must be in range and
// agree with what is known of the picture so far; its tables must be there.
bool read_dc_scan(const ProgressiveScan& scan, const Layout& layout, const EntropyBytes& bytes,
                  Coefficients& picture);
bool read_ac_scan(const ProgressiveScan& scan, const Layout& layout, const EntropyBytes& bytes,
                  Coefficients& picture);

}  // namespace face_privacy::jpeg
