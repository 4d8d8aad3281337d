// Asks of single points whether they are redacted, to measure coverage without rendering.
#pragma once

#include <span>
#include <vector>

#include "redact/redact.h"

namespace face_privacy {

bool in_core(const Region& region, PointF point);
bool in_any_core(std::span<const Region> regions, PointF point);

}  // namespace face_privacy
