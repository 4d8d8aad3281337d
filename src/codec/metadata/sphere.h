// What XMP says of how a picture lies on a sphere.
#pragma once

#include <optional>

#include "base/bytes.h"
#include "image/geometry.h"
#include "image/sphere_area.h"

namespace face_privacy {

// Of a picture of `size` as it is shown, whose packet says that it is an equirectangular panorama (Google,
// Photo Sphere XMP Metadata); a picture scaled since then is understood, and numbers that
// cannot be are those of a whole sphere. Nothing where the packet does not say so.
std::optional<SphereArea> sphere_area(ByteView xmp, Size size);

// Of a whole sphere, or of the part of one that goes around at its middle.
SphereArea whole_sphere(Size size);

}  // namespace face_privacy
