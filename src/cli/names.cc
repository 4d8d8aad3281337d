#include "cli/names.h"

#include <locale.h>
#include <wctype.h>

#include <array>
#include <cctype>
#include <cstdio>

namespace face_privacy {
namespace {

constexpr char32_t kReplacement = 0xFFFD;

struct Character {
  char32_t code = kReplacement;
  std::size_t byte_count = 1;
  bool is_valid = false;
};

// How many bytes follow a first byte, the bits of the code that it holds, and the least code that needs
// as many: a longer spelling of a smaller code is not valid.
struct Lead {
  std::uint8_t mask;
  std::uint8_t value;
  std::size_t byte_count;
  char32_t least;
};
constexpr std::array kLeads{Lead{0x80, 0x00, 1, 0}, Lead{0xE0, 0xC0, 2, 0x80}, Lead{0xF0, 0xE0, 3, 0x800},
                            Lead{0xF8, 0xF0, 4, 0x10000}};

bool is_scalar(char32_t code) { return code <= 0x10FFFF && (code < 0xD800 || code > 0xDFFF); }

// The character at the start of `bytes`, which is not empty.
Character first_character(std::string_view bytes) {
  const auto byte_at = [&](std::size_t i) { return static_cast<std::uint8_t>(bytes[i]); };
  for (const Lead& lead : kLeads) {
    if ((byte_at(0) & lead.mask) != lead.value) continue;
    if (bytes.size() < lead.byte_count) return {};
    char32_t code = byte_at(0) & static_cast<std::uint8_t>(~lead.mask);
    for (std::size_t i = 1; i < lead.byte_count; ++i) {
      if ((byte_at(i) & 0xC0) != 0x80) return {};
      code = code << 6 | (byte_at(i) & 0x3F);
    }
    if (code < lead.least || !is_scalar(code)) return {};
    return {code, lead.byte_count, true};
  }
  return {};
}

// Calls `use(character, its bytes)` for each.
template <class Use>
void for_each_character(std::string_view bytes, Use&& use) {
  while (!bytes.empty()) {
    const Character character = first_character(bytes);
    use(character, bytes.substr(0, character.byte_count));
    bytes.remove_prefix(character.byte_count);
  }
}

// C0, DEL and C1, and what turns the direction of the text around it.
bool is_control(char32_t code) {
  return code < 0x20 || (code >= 0x7F && code < 0xA0) || (code >= 0x202A && code <= 0x202E) ||
         (code >= 0x2066 && code <= 0x2069);
}

void append_hex(std::string& text, const char* prefix, std::string_view bytes) {
  for (const char byte : bytes) {
    char hex[8];
    std::snprintf(hex, sizeof hex, "%s%02x", prefix, static_cast<unsigned>(static_cast<std::uint8_t>(byte)));
    text += hex;
  }
}

std::string percent_encoded(std::string_view bytes) {
  std::string text;
  for (const char byte : bytes) {
    const bool is_plain = std::isalnum(static_cast<std::uint8_t>(byte)) != 0 ||
                          std::string_view("-._~/").find(byte) != std::string_view::npos;
    if (is_plain) {
      text += byte;
    } else {
      append_hex(text, "%", {&byte, 1});
    }
  }
  return text;
}

}  // namespace

std::string printable(std::string_view bytes) {
  std::string text;
  for_each_character(bytes, [&](const Character& character, std::string_view spelling) {
    if (character.is_valid && !is_control(character.code)) {
      text += spelling;
    } else {
      append_hex(text, "\\x", spelling);
    }
  });
  return text;
}

std::string utf8_text(std::string_view bytes) {
  std::string text;
  for_each_character(bytes, [&](const Character& character, std::string_view spelling) {
    text += character.is_valid ? spelling : std::string_view("\xEF\xBF\xBD");
  });
  return text;
}

void set_file_name(boost::json::object& object, const std::filesystem::path& path) {
  const std::string text = utf8_text(path.native());
  object["file"] = text;
  if (text != path.native()) object["file_percent_encoded"] = percent_encoded(path.native());
}

std::u32string folded_case(std::string_view bytes) {
  // Part of every glibc, unlike the user's own locale; null would mean that of the process.
  static const locale_t locale = ::newlocale(LC_CTYPE_MASK, "C.UTF-8", nullptr);
  std::u32string folded;
  for_each_character(bytes, [&](const Character& character, std::string_view spelling) {
    if (!character.is_valid) {
      // Beyond Unicode, so that it equals no character.
      folded += static_cast<char32_t>(0x110000 + static_cast<std::uint8_t>(spelling[0]));
    } else if (locale == nullptr) {
      folded += static_cast<char32_t>(::towlower(static_cast<wint_t>(character.code)));
    } else {
      folded += static_cast<char32_t>(::towlower_l(static_cast<wint_t>(character.code), locale));
    }
  });
  return folded;
}

}  // namespace face_privacy
