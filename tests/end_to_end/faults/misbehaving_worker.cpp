#include <fcntl.h>
#include <signal.h>
#include <unistd.h>

#include <cstdlib>
#include <limits>
#include <map>
#include <memory>
#include <vector>

#include "core/files.hpp"
#include "worker/worker_loop.hpp"

// A worker on the real worker loop whose backends each go wrong in a way of their own, in the first forward
// pass.

namespace inferscale {
namespace {

constexpr std::size_t kHoardStep = 16UL << 20;
constexpr std::size_t kHoardMost = 4UL << 30;  // then it waits: without a limit it would only hang
constexpr useconds_t kHoardPause_us = 20'000;

/// The protocol's stdout: the worker loop points descriptor 1 elsewhere.
FileDescriptor protocol_stdout;  // NOLINT(cppcoreguidelines-avoid-non-const-global-variables)

[[noreturn]] void wait_for_ever() {
  while (true) {
    ::pause();
  }
}

void die_of_a_signal() {
  ::signal(SIGSEGV, SIG_DFL);  // a sanitizer's handler would turn it into an exit code
  ::raise(SIGSEGV);
}

void exit_with_3() {
  ::_exit(3);
}

/// Deaf to what may be ignored, and not alone in its process group.
void hang_with_a_child() {
  ::signal(SIGTERM, SIG_IGN);
  ::signal(SIGINT, SIG_IGN);
  ::signal(SIGHUP, SIG_IGN);
  if (::fork() < 0) {
    ::_exit(4);
  }
  wait_for_ever();
}

void print_garbage() {
  [[maybe_unused]] const auto ignored =
      write_all(protocol_stdout.get(), "Loading model... 100%\n", "garbage");
}

void hoard_memory() {
  std::vector<std::unique_ptr<std::vector<char>>> hoard;
  while (hoard.size() * kHoardStep < kHoardMost) {
    hoard.push_back(std::make_unique<std::vector<char>>(kHoardStep, '\1'));
    ::usleep(kHoardPause_us);
  }
  wait_for_ever();
}

/// Backends whose name says how they go wrong; those without a function give a wrong output (forward()).
const std::map<std::string, void (*)()>& misdeeds() {
  static const std::map<std::string, void (*)()> all{
      {"faulty-segv", die_of_a_signal},  {"faulty-exit", exit_with_3},
      {"faulty-hang", wait_for_ever},    {"faulty-stubborn", hang_with_a_child},
      {"faulty-garbage", print_garbage}, {"faulty-memory", hoard_memory},
      {"faulty-nan", nullptr},           {"faulty-shape", nullptr},
  };
  return all;
}

class MisbehavingBackend final : public measure::Backend, public measure::Forward {
 public:
  [[nodiscard]] protocol::WorkerInfo describe() const override {
    protocol::WorkerInfo info{"misbehaving", "misbehaviour", "1", {}};
    for (const auto& [name, misdeed] : misdeeds()) {
      info.backends.push_back({name, "cpu", "fp32", "none", "fp32", ""});
    }
    return info;
  }

  Result<void> load(const protocol::LoadRequest& request) override {
    request_ = request;
    return {};
  }
  Result<void> prepare(std::span<const protocol::Shape> shapes) override {
    static_cast<void>(shapes);
    return {};
  }

  Result<measure::LogitsView> forward(const protocol::TokenBatch& tokens) override {
    if (const auto misdeed = misdeeds().at(request_.backend); misdeed != nullptr) {
      misdeed();
    }
    const int vocabulary = request_.vocabulary + (request_.backend == "faulty-shape" ? 1 : 0);
    const int positions = request_.logits == protocol::LogitsScope::all ? tokens.shape.length : 1;
    logits_.assign(tokens.ids.size() * static_cast<std::size_t>(vocabulary), 0.0F);
    if (request_.backend == "faulty-nan") {
      logits_[0] = std::numeric_limits<float>::quiet_NaN();
    }
    return measure::LogitsView{logits_.data(), measure::ElementType::f32, tokens.shape.batch, positions,
                               vocabulary};
  }

 private:
  protocol::LoadRequest request_;
  std::vector<float> logits_;
};

}  // namespace
}  // namespace inferscale

int main(int argc, char** argv) {
  inferscale::protocol_stdout = inferscale::FileDescriptor(::fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, 3));
  return inferscale::worker::run_worker([] { return std::make_unique<inferscale::MisbehavingBackend>(); },
                                        argc, argv);
}
