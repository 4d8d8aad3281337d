// Values as bytes, for messages between processes of one program. A message's fields are listed once,
// in a function that takes either side:
//
//   template <class Wire> void transfer(Wire& wire, Box& box) { wire.value(box.x); wire.value(box.y); }
//
// so that what is written and what is read cannot fall apart. The reader trusts nothing: it never reads
// beyond its bytes, and takes memory only for what is there. After a fault all it gives is zero; `ok`
// tells, and must be asked in the end.
#pragma once

#include <cstdint>
#include <cstring>
#include <optional>
#include <string>
#include <type_traits>
#include <vector>

#include "base/byte_reader.h"
#include "base/bytes.h"

namespace face_privacy {

template <class T>
concept WireNumber = std::is_arithmetic_v<T>;

class WireWriter {
 public:
  template <WireNumber T>
  void value(T& number) {
    if constexpr (std::is_same_v<T, bool>) {
      bytes_.push_back(number ? 1 : 0);
    } else {
      const auto* from = reinterpret_cast<const std::uint8_t*>(&number);
      bytes_.insert(bytes_.end(), from, from + sizeof number);
    }
  }

  template <class Enum>
  void choice(Enum& value_of_enum, Enum /*last*/) {
    bytes_.push_back(static_cast<std::uint8_t>(value_of_enum));
  }

  void text(std::string& text) {
    auto size = static_cast<std::uint32_t>(text.size());
    value(size);
    bytes_.insert(bytes_.end(), text.begin(), text.end());
  }

  void bytes(Bytes& more) {
    auto size = static_cast<std::uint32_t>(more.size());
    value(size);
    bytes_.insert(bytes_.end(), more.begin(), more.end());
  }

  template <class T, class Each>
  void optional(std::optional<T>& held, Each each) {
    bool there = held.has_value();
    value(there);
    if (there) each(*this, *held);
  }

  template <class T, class Each>
  void list(std::vector<T>& items, std::size_t /*smallest_item_bytes*/, Each each) {
    auto count = static_cast<std::uint32_t>(items.size());
    value(count);
    for (T& item : items) each(*this, item);
  }

  Bytes take() { return std::move(bytes_); }

 private:
  Bytes bytes_;
};

class WireReader {
 public:
  explicit WireReader(ByteView bytes) : rest_(bytes) {}

  // Everything was there and in range, and nothing is left over.
  bool ok() const { return in_range_ && rest_.ok() && rest_.at_end(); }

  template <WireNumber T>
  void value(T& number) {
    if constexpr (std::is_same_v<T, bool>) {
      number = byte(1) == 1;
    } else {
      number = T{};
      if (const ByteView from = rest_.take(sizeof number); !from.empty()) {
        std::memcpy(&number, from.data(), sizeof number);
      }
    }
  }

  template <class Enum>
  void choice(Enum& value_of_enum, Enum last) {
    value_of_enum = static_cast<Enum>(byte(static_cast<std::uint8_t>(last)));
  }

  void text(std::string& text) {
    std::uint32_t size = 0;
    value(size);
    text = rest_.text(size);
  }

  void bytes(Bytes& more) {
    std::uint32_t size = 0;
    value(size);
    const ByteView from = rest_.take(size);
    more.assign(from.begin(), from.end());
  }

  template <class T, class Each>
  void optional(std::optional<T>& held, Each each) {
    bool there = false;
    value(there);
    held.reset();
    if (there) each(*this, held.emplace());
  }

  template <class T, class Each>
  void list(std::vector<T>& items, std::size_t smallest_item_bytes, Each each) {
    std::uint32_t count = 0;
    value(count);
    items.clear();
    if (count > rest_.remaining() / smallest_item_bytes) return fault();
    items.reserve(count);
    for (std::uint32_t i = 0; i < count; ++i) {
      T item{};
      each(*this, item);
      items.push_back(std::move(item));
    }
  }

 private:
  void fault() { in_range_ = false; }

  std::uint8_t byte(std::uint8_t last) {
    const std::uint8_t value = rest_.u8();
    if (value > last) fault();
    return value > last ? 0 : value;
  }

  ByteReader rest_;
  bool in_range_ = true;
};

template <class Message>
Bytes to_wire(Message message) {
  WireWriter wire;
  transfer(wire, message);
  return wire.take();
}

template <class Message>
std::optional<Message> from_wire(ByteView bytes) {
  WireReader wire(bytes);
  Message message{};
  transfer(wire, message);
  if (!wire.ok()) return std::nullopt;
  return message;
}

}  // namespace face_privacy
