#pragma once

#include <cstddef>
#include <cstdint>
#include <future>
#include <memory>
#include <new>
#include <span>
#include <system_error>

namespace inferscale {

/// pwrite(2) until all is written from byte `position` on. A descriptor that was asked to pass by the page
/// cache stops doing so where the file system refuses.
std::error_code write_at(int fd, std::uint64_t position, std::span<const std::byte> bytes);

/// Appends to a file past the page cache (O_DIRECT, open(2)): the caller fills one buffer while the disk
/// takes the other. What the file system refuses to take so goes through the page cache.
class DirectWriter {
 public:
  /// `fd`: an empty file, open until the writer is gone.
  explicit DirectWriter(int fd) : fd_(fd) {}
  DirectWriter(DirectWriter&&) = default;
  DirectWriter& operator=(DirectWriter&&) = delete;
  DirectWriter(const DirectWriter&) = delete;
  DirectWriter& operator=(const DirectWriter&) = delete;
  ~DirectWriter() = default;

  /// The error may be that of bytes which were appended before.
  std::error_code append(std::span<const std::byte> bytes);
  /// Waits for the disk and writes what filled no buffer; nothing may be appended afterwards.
  std::error_code finish();

 private:
  static constexpr std::size_t kBufferBytes = 4U << 20U;
  static constexpr std::align_val_t kAlignment{4096};  ///< of memory, position and length that disks ask for
  struct Free {
    void operator()(std::byte* bytes) const { ::operator delete(bytes, kAlignment); }
  };
  using Buffer = std::unique_ptr<std::byte, Free>;

  std::error_code hand_over();
  std::error_code wait();

  int fd_;
  std::uint64_t handed_over_ = 0;  ///< bytes of the file
  std::size_t filled_ = 0;         ///< bytes of filling_
  Buffer filling_, leaving_;
  std::future<std::error_code> left_;  ///< destroyed first: it waits for what reads leaving_
};

}  // namespace inferscale
