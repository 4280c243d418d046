#include "message_outcome.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace inferscale::tensorrt {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

struct Recorded {
  const char* source;  ///< repository and number of the issue that quotes it
  const char* message;
  Outcome outcome;
};

// Word for word (but for dates and the log's prefix), as TensorRT 8 to 10 wrote them.
constexpr Recorded kRecorded[] = {
    {"NVIDIA/TensorRT#3017, 8.6",
     "[defaultAllocator.cpp::nvinfer1::internal::DefaultAllocator::allocate::19] Error Code 1: Cuda Runtime "
     "(out of "
     "memory)",
     Outcome::out_of_memory},
    {"NVIDIA/TensorRT#3017, 8.6",
     "Requested amount of GPU memory (17920000000 bytes) could not be allocated. There may not be enough "
     "free memory for "
     "allocation to succeed.",
     Outcome::out_of_memory},
    {"NVIDIA/TensorRT#3017, 8.6",
     "[executionContext.cpp::nvinfer1::rt::ExecutionContext::ExecutionContext::470] Error Code 2: "
     "OutOfMemory (no further "
     "information)",
     Outcome::out_of_memory},
    {"NVIDIA/TensorRT#4258, 10.3",
     "Error Code: 9: Skipping tactic 0x0000000000000000 due to exception [tunable_graph.cpp:create:117] "
     "autotuning: User "
     "allocator error allocating 15485030400-byte buffer",
     Outcome::out_of_memory},
    {"NVIDIA/TensorRT#4258, 10.3",
     "IBuilder::buildSerializedNetwork: Error Code 10: Internal Error (Could not find any implementation for "
     "node "
     "{ForeignNode[/1/Constant_36_output_0.../1/Slice_4]}.)",
     Outcome::load_failed},
    {"NVIDIA/TensorRT#840, 7.2", "Cuda Error in allocate: 2 (out of memory)", Outcome::out_of_memory},
    {"NVIDIA/TensorRT#564, 7",
     "INVALID_CONFIG: The engine plan file is generated on an incompatible device, expecting compute 6.1 got "
     "compute 7.5, "
     "please rebuild.",
     Outcome::load_failed},
    {"deepinsight/insightface#2882, 10.8",
     "IRuntime::deserializeCudaEngine: Error Code 6: API Usage Error (The engine plan file is generated on "
     "an incompatible "
     "device, expecting compute 8.9 got compute 8.6, please rebuild.)",
     Outcome::load_failed},
    {"NVIDIA/TensorRT#2195, 8.4",
     "[stdArchiveReader.cpp::StdArchiveReader::35] Error Code 1: Serialization (Serialization assertion "
     "safeVersionRead == "
     "safeSerializationVersion failed.Version tag does not match. Note: Current Version: 0, Serialized "
     "Engine Version: 96)",
     Outcome::load_failed},
    {"yuvraj108c/ComfyUI-Dwpose-Tensorrt#5, 10",
     "IRuntime::deserializeCudaEngine: Error Code 1: Serialization (Serialization assertion stdVersionRead "
     "== "
     "kSERIALIZATION_VERSION failed.Version tag does not match. Note: Current Version: 237, Serialized "
     "Engine Version: 239)",
     Outcome::load_failed},
    {"NVIDIA/TensorRT#2915, 8.6",
     "[runtime.cpp::parsePlan::314] Error Code 1: Serialization (Serialization assertion "
     "plan->header.magicTag "
     "==rt::kPLAN_MAGIC_TAG failed.)",
     Outcome::load_failed},
    {"lix19937/tensorrt-insight#65, 8",
     "[stdArchiveReader.cpp::StdArchiveReader::32] Error Code 1: Serialization (Serialization assertion "
     "magicTagRead == "
     "kMAGIC_TAG failed.Magic tag does not match)",
     Outcome::load_failed},
    {"NVIDIA/TensorRT#1384, 7",
     "coreReadArchive.cpp (31) - Serialization Error in verifyHeader: 0 (Magic tag does not match)",
     Outcome::load_failed},
    {"NVIDIA/TensorRT#564, 7", "INVALID_CONFIG: Deserialize the cuda engine failed.", Outcome::load_failed},
    {"NVIDIA/TensorRT#2176, 8.2",
     "[runtime.cpp::deserializeCudaEngine::50] Error Code 4: Internal Error (Engine deserialization failed.)",
     Outcome::load_failed},
    {"AUTOMATIC1111/stable-diffusion-webui-tensorrt#71, 8.6",
     "[executionContext.cpp::nvinfer1::rt::ExecutionContext::validateInputBindings::2045] Error Code 3: API "
     "Usage Error "
     "(Parameter check failed at: "
     "runtime/api/executionContext.cpp::nvinfer1::rt::ExecutionContext::validateInputBindings::2045, "
     "condition: "
     "profileMaxDims.d[i] >= dimensions.d[i]. Supplied binding dimension [1,308,768] for bindings[2] exceed "
     "min ~ max range "
     "at index 1, maximum dimension in profile is 231, minimum dimension in profile is 77, but supplied "
     "dimension is 308.",
     Outcome::profile_mismatch},
    {"grimoire/mmdetection-to-tensorrt#97, 8",
     "[executionContext.cpp::setBindingDimensions::945] Error Code 3: API Usage Error (Parameter check "
     "failed at: "
     "runtime/api/executionContext.cpp::setBindingDimensions::945, condition: profileMinDims.d[i] <= "
     "dimensions.d[i]. "
     "Supplied binding dimension [1,3,576,768] for bindings[0] exceed min ~ max range at index 2, maximum "
     "dimension in "
     "profile is 800, minimum dimension in profile is 800, but supplied dimension is 576.",
     Outcome::profile_mismatch},
};

/// The first recorded message that has these words.
std::string recorded(std::string_view words) {
  for (const auto& one : kRecorded) {
    if (std::string_view(one.message).find(words) != std::string_view::npos) {
      return one.message;
    }
  }
  ADD_FAILURE() << "no message with " << words;
  return {};
}

TEST(MessageOutcome, RecordedMessages) {
  for (const auto& [source, message, outcome] : kRecorded) {
    EXPECT_EQ(outcome_of_message(message, Outcome::error), outcome) << source << ": " << message;
  }
}

// Of messages whose source is not at hand any more: TensorRT's public issue tracker, 8 to 10.
TEST(MessageOutcome, MessagesOfOtherReleases) {
  const Recorded others[] = {
      {"",
       "[virtualMemoryBuffer.cpp::resizePhysical::145] Error Code 2: OutOfMemory (Requested size was "
       "3356491776 bytes.)",
       Outcome::out_of_memory},
      {"",
       "Skipping tactic 8 due to insufficient memory on requested size of 17179869184 detected for tactic "
       "0x000000000000003c.",
       Outcome::out_of_memory},
      {"",
       "IRuntime::deserializeCudaEngine: Error Code 6: API Usage Error (The engine plan file is not "
       "compatible with this "
       "version of TensorRT, expecting library version 10.12.0.36 got .)",
       Outcome::load_failed},
      {"",
       "[executionContext.cpp::setInputShape::2309] Error Code 3: API Usage Error (Parameter check failed "
       "at: "
       "runtime/api/executionContext.cpp::setInputShape::2309, condition: satisfyProfile Runtime dimension "
       "does not satisfy "
       "any optimization profile.)",
       Outcome::profile_mismatch}};
  for (const auto& [source, message, outcome] : others) {
    EXPECT_EQ(outcome_of_message(message, Outcome::error), outcome) << message;
  }
}

TEST(MessageOutcome, OtherWordsTellNothing) {
  for (const char* message : {"", "Using default stream in enqueueV3()", "Unused Input: input_ids"}) {
    EXPECT_EQ(outcome_of_message(message, Outcome::error), Outcome::error) << message;
    EXPECT_EQ(outcome_of_message(message, Outcome::load_failed), Outcome::load_failed) << message;
  }
}

TEST(MessageOutcome, TheTellingMessageIsQuotedAndNotTheLast) {
  const std::vector<std::string> messages{"first", recorded("User allocator error"),
                                          recorded("Could not find any implementation")};
  const Error error = error_of_messages("building 'a.onnx'", messages, Outcome::load_failed);
  EXPECT_EQ(error.outcome, Outcome::out_of_memory);
  EXPECT_THAT(error.message, HasSubstr("building 'a.onnx'"));
  EXPECT_THAT(error.message, HasSubstr("allocating 15485030400-byte buffer"));
  EXPECT_THAT(error.message, Not(HasSubstr("first")));
}

TEST(MessageOutcome, NoMessageIsSaidToo) {
  const Error error = error_of_messages("loading 'x'", {}, Outcome::load_failed);
  EXPECT_EQ(error.outcome, Outcome::load_failed);
  EXPECT_THAT(error.message, HasSubstr("gave no reason"));
}

TEST(MessageOutcome, EnginesOfAnotherMachineGetAdvice) {
  const auto message = [](const std::string& said) {
    return error_of_messages("loading 'x'", std::vector<std::string>{said}, Outcome::error).message;
  };
  for (const auto& one : kRecorded) {
    const std::string text = message(one.message);
    const auto has = [&](std::string_view words) {
      return std::string_view(one.message).find(words) != std::string_view::npos;
    };
    const std::string advice = has("incompatible device") ? "built for another GPU: build it again"
                               : has("Version tag")       ? "built by another TensorRT: build it again"
                               : has("agic tag") || has("agicTag")
                                   ? "cut off, or no engine of this TensorRT: build it again"
                                   : "";
    EXPECT_THAT(text, HasSubstr(advice)) << one.source;
    EXPECT_EQ(text.find("build it again") != std::string::npos, !advice.empty())
        << one.source << ": " << text;
  }
  EXPECT_THAT(message("The engine plan file is not compatible with this version of TensorRT"),
              HasSubstr("built by another TensorRT: build it again"));
}

}  // namespace
}  // namespace inferscale::tensorrt
