// The C++ half of bench/tokenizer/run, which writes commands to its stdin and reads a line for each from its
// stdout:
//
//   ids FILE     the ids of the whole file, to FILE.ids as little-endian 32-bit integers; answers their
//   number whole FILE   seconds to encode the file as one text lines FILE   seconds to encode each of its
//   lines as a text of its own decode FILE  seconds to decode the whole file's ids load         seconds to
//   load the tokenizer
#include <chrono>
#include <fstream>
#include <iostream>
#include <iterator>
#include <string>

#include "core/files.hpp"
#include "tokenizer/tokenizer.hpp"

namespace {

using inferscale::fail;
using inferscale::read_file;
using inferscale::Result;
using inferscale::tokenizer::Tokenizer;

template <class Work>
double seconds_of(Work work) {
  const auto begin = std::chrono::steady_clock::now();
  work();
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
}

std::size_t encode_lines(const Tokenizer& tokenizer, std::string_view text) {
  std::size_t count = 0;
  while (!text.empty()) {
    const std::size_t length = std::min(text.find('\n'), text.size() - 1) + 1;
    count += tokenizer.encode(text.substr(0, length)).size();
    text.remove_prefix(length);
  }
  return count;
}

Result<void> answer(const std::string& folder, const Tokenizer& tokenizer, const std::string& command,
                    const std::string& file) {
  if (command == "load") {
    Result<Tokenizer> again = fail("not loaded");
    const double seconds = seconds_of([&] { again = Tokenizer::load(folder); });
    TRY(std::move(again));
    std::cout << seconds << std::endl;
    return {};
  }
  TRY_ASSIGN(const std::string text, read_file(file));
  if (command == "lines") {
    std::cout << seconds_of([&] { encode_lines(tokenizer, text); }) << std::endl;
    return {};
  }
  std::vector<std::int32_t> ids;
  const double encode_s = seconds_of([&] { ids = tokenizer.encode(text); });
  if (command == "whole") {
    std::cout << encode_s << std::endl;
  } else if (command == "ids") {
    std::ofstream(file + ".ids", std::ios::binary)
        .write(reinterpret_cast<const char*>(ids.data()), static_cast<std::streamsize>(ids.size() * 4));
    std::cout << ids.size() << std::endl;
  } else if (command == "decode") {
    Result<std::string> decoded = fail("not decoded");
    std::cout << seconds_of([&] { decoded = tokenizer.decode(ids); }) << std::endl;
    TRY(std::move(decoded));
  } else {
    return fail("unknown command '{}'", command);
  }
  return {};
}

Result<void> run(const std::string& folder) {
  TRY_ASSIGN(const Tokenizer tokenizer, Tokenizer::load(folder));
  std::string command;
  while (std::cin >> command) {
    std::string file;
    std::getline(std::cin >> std::ws, file);
    TRY(answer(folder, tokenizer, command, file));
  }
  return {};
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 2) {
    std::cerr << "usage: bench_tokenizer FOLDER <commands (bench/tokenizer/run writes them)\n";
    return 2;
  }
  if (const auto done = run(argv[1]); !done) {
    std::cerr << "bench_tokenizer: " << done.error().message << "\n";
    return 1;
  }
  return 0;
}
