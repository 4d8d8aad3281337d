#include "codec/metadata/kept_panorama.h"

#include <algorithm>
#include <array>
#include <string>
#include <string_view>

#include "codec/metadata/gpano.h"

namespace face_privacy {
namespace {

enum class Shape { kNumber, kBoolean, kWord, kDate };

struct Property {
  std::string_view name;
  Shape shape;
};

// Google, Photo Sphere XMP Metadata.
constexpr std::array kProperties{
    Property{"UsePanoramaViewer", Shape::kBoolean},
    Property{"ProjectionType", Shape::kWord},
    Property{"PoseHeadingDegrees", Shape::kNumber},
    Property{"PosePitchDegrees", Shape::kNumber},
    Property{"PoseRollDegrees", Shape::kNumber},
    Property{"InitialViewHeadingDegrees", Shape::kNumber},
    Property{"InitialViewPitchDegrees", Shape::kNumber},
    Property{"InitialViewRollDegrees", Shape::kNumber},
    Property{"InitialHorizontalFOVDegrees", Shape::kNumber},
    Property{"InitialVerticalFOVDegrees", Shape::kNumber},
    Property{"InitialCameraDolly", Shape::kNumber},
    Property{"FirstPhotoDate", Shape::kDate},
    Property{"LastPhotoDate", Shape::kDate},
    Property{"SourcePhotosCount", Shape::kNumber},
    Property{"ExposureLockUsed", Shape::kBoolean},
    Property{"CroppedAreaImageWidthPixels", Shape::kNumber},
    Property{"CroppedAreaImageHeightPixels", Shape::kNumber},
    Property{"FullPanoWidthPixels", Shape::kNumber},
    Property{"FullPanoHeightPixels", Shape::kNumber},
    Property{"CroppedAreaLeftPixels", Shape::kNumber},
    Property{"CroppedAreaTopPixels", Shape::kNumber},
};

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }

bool fits(std::string_view value, Shape shape) {
  if (value.empty() || value.size() > kMaxGpanoLetters) return false;
  const auto all = [&](const auto& good) { return std::all_of(value.begin(), value.end(), good); };
  switch (shape) {
    case Shape::kNumber: return all([](char c) { return is_digit(c) || c == '.' || c == '-' || c == '+'; });
    case Shape::kBoolean: return value == "True" || value == "False" || value == "true" || value == "false";
    case Shape::kWord: return all(is_letter);
    case Shape::kDate:
      return all([](char c) {
        return is_digit(c) || c == '-' || c == ':' || c == '.' || c == '+' || c == 'T' || c == 'Z' ||
               c == ' ';
      });
  }
  return false;
}

}  // namespace

Bytes kept_panorama(ByteView xmp) {
  const std::string_view text{reinterpret_cast<const char*>(xmp.data()), xmp.size()};
  std::string attributes;
  for (const Property& property : kProperties) {
    const auto value = gpano_value(text, property.name);
    if (!value || !fits(*value, property.shape)) continue;
    attributes += " GPano:" + std::string(property.name) + "=\"" + std::string(*value) + "\"";
  }
  if (attributes.empty()) return {};
  const std::string packet =
      "<?xpacket begin=\"\xEF\xBB\xBF\" id=\"W5M0MpCehiHzreSzNTczkc9d\"?>"
      "<x:xmpmeta xmlns:x=\"adobe:ns:meta/\"><rdf:RDF "
      "xmlns:rdf=\"http://www.w3.org/1999/02/22-rdf-syntax-ns#\">"
      "<rdf:Description rdf:about=\"\" xmlns:GPano=\"http://ns.google.com/photos/1.0/panorama/\"" +
      attributes + "/></rdf:RDF></x:xmpmeta><?xpacket end=\"r\"?>";
  return {packet.begin(), packet.end()};
}

}  // namespace face_privacy
