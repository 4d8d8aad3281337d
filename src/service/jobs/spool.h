// Where clips lie while they are worked on: in memory, or in files that never have a name. Either way
// nothing of them is left when this process ends, however it ends.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>

#include "base/bytes.h"
#include "base/descriptor.h"
#include "base/error.h"
#include "service/admission/byte_budget.h"

namespace face_privacy {

// What is said where the spool is full: kTooManyBytes.
Error no_room();

class Spool;

// Bytes that are counted against the spool's limit as long as it lives. One thread writes; `read` may be
// called from any.
class SpooledFile {
 public:
  SpooledFile(SpooledFile&&) = default;
  SpooledFile& operator=(SpooledFile&&) = default;

  int descriptor() const { return descriptor_.get(); }
  std::uint64_t size_bytes() const;

  // kTooManyBytes where the spool or its disk is full; kIo.
  Result<void> append(ByteView bytes);
  // For what others write to the descriptor: counts what is there now. kTooManyBytes.
  Result<void> count();
  // Takes away what lies outside; the rest moves to the beginning. kIo.
  Result<void> crop(std::uint64_t offset, std::uint64_t length);
  // Fewer bytes than there is room for: the end, or the file cannot be read.
  std::size_t read(std::uint64_t offset, std::span<std::uint8_t> room) const;

 private:
  friend class Spool;
  SpooledFile(Descriptor descriptor, ByteBudget& budget)
      : descriptor_(std::move(descriptor)), counted_(budget) {}
  Result<void> count_up_to(std::uint64_t size);

  Descriptor descriptor_;
  ByteBudget::Reservation counted_;
  std::uint64_t counted_bytes_ = 0;
  std::uint64_t written_bytes_ = 0;
};

// Thread-safe; must outlive its files.
class Spool {
 public:
  // `folder` empty: in memory. kIo where no nameless file can be made there.
  static Result<std::unique_ptr<Spool>> open(const std::string& folder, std::size_t limit_bytes);

  Result<SpooledFile> create();
  std::size_t used_bytes() const { return budget_.used_bytes(); }
  std::size_t limit_bytes() const { return limit_bytes_; }
  // For what belongs to a clip and lies elsewhere.
  ByteBudget& budget() { return budget_; }

 private:
  Spool(std::string folder, std::size_t limit_bytes)
      : folder_(std::move(folder)), limit_bytes_(limit_bytes), budget_(limit_bytes) {}

  const std::string folder_;
  const std::size_t limit_bytes_;
  ByteBudget budget_;
};

}  // namespace face_privacy
