// A bounds-checked cursor over bytes that a stranger made. A read past the end gives 0 or nothing, and
// so does every read after it: a parser reads a whole record and asks `ok()` once.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "base/bytes.h"

namespace face_privacy {

enum class ByteOrder : std::uint8_t { kBig, kLittle };

class ByteReader {
 public:
  explicit ByteReader(ByteView bytes, ByteOrder order = ByteOrder::kBig) : bytes_(bytes), order_(order) {}

  // False once a read or a seek went past the end, for good.
  bool ok() const { return ok_; }
  std::size_t position() const { return position_; }
  std::size_t size() const { return bytes_.size(); }
  std::size_t remaining() const { return ok_ ? bytes_.size() - position_ : 0; }
  bool at_end() const { return remaining() == 0; }

  // For formats that state their byte order on the way.
  void set_order(ByteOrder order) { order_ = order; }

  std::uint8_t u8() { return static_cast<std::uint8_t>(number(1)); }
  std::uint16_t u16() { return static_cast<std::uint16_t>(number(2)); }
  std::uint32_t u24() { return static_cast<std::uint32_t>(number(3)); }
  std::uint32_t u32() { return static_cast<std::uint32_t>(number(4)); }
  std::uint64_t u64() { return number(8); }

  // An unsigned number of 0 to 8 bytes.
  std::uint64_t number(std::size_t byte_count) {
    std::uint64_t value = 0;
    const ByteView digits = take(byte_count);
    if (order_ == ByteOrder::kBig) {
      for (const std::uint8_t digit : digits) value = value << 8 | digit;
    } else {
      for (std::size_t i = digits.size(); i > 0; --i) value = value << 8 | digits[i - 1];
    }
    return value;
  }

  // The next `count` bytes.
  ByteView take(std::uint64_t count) {
    if (!has(count)) return {};
    const ByteView taken = bytes_.subspan(position_, static_cast<std::size_t>(count));
    position_ += taken.size();
    return taken;
  }

  // All that is left.
  ByteView take_rest() { return take(remaining()); }

  // At most `count` bytes; never fails.
  ByteView take_at_most(std::uint64_t count) { return take(std::min<std::uint64_t>(count, remaining())); }

  // The next `count` bytes as text.
  std::string_view text(std::uint64_t count) {
    const ByteView taken = take(count);
    return {reinterpret_cast<const char*>(taken.data()), taken.size()};
  }

  // Whether `expected` comes next, and steps over it if so. Never fails.
  bool consume(std::string_view expected) {
    if (remaining() < expected.size()) return false;
    const auto same = [](char a, std::uint8_t b) { return static_cast<std::uint8_t>(a) == b; };
    if (!std::equal(expected.begin(), expected.end(), bytes_.begin() + offset(), same)) return false;
    position_ += expected.size();
    return true;
  }

  void skip(std::uint64_t count) { take(count); }

  // To a place counted from the first byte; the end itself is a place.
  void seek(std::uint64_t position) {
    ok_ = ok_ && position <= bytes_.size();
    if (ok_) position_ = static_cast<std::size_t>(position);
  }

  // A reader of the next `count` bytes alone, in the same order; this one goes on behind them. It has
  // failed if they are not there.
  ByteReader nested(std::uint64_t count) {
    ByteReader inner(take(count), order_);
    inner.ok_ = ok_;
    return inner;
  }

 private:
  bool has(std::uint64_t count) {
    ok_ = ok_ && count <= bytes_.size() - position_;
    return ok_;
  }
  std::ptrdiff_t offset() const { return static_cast<std::ptrdiff_t>(position_); }

  ByteView bytes_;
  std::size_t position_ = 0;  // <= bytes_.size()
  ByteOrder order_;
  bool ok_ = true;
};

}  // namespace face_privacy
