#include "tokenizer/tokenizer.hpp"

#include <algorithm>
#include <mutex>
#include <utility>

#include "tokenizer/bpe_model.hpp"
#include "tokenizer/pipeline.hpp"
#include "tokenizer/utf8.hpp"

namespace inferscale::tokenizer {
struct Tokenizer::State {
  /// Added tokens that are looked for in the text as it is, and those in the normalised text, themselves
  /// normalised.
  struct AddedTokenFinders {
    AddedTokenFinder raw;
    AddedTokenFinder normalized;

    static Result<AddedTokenFinders> make(const std::vector<AddedToken>& tokens) {
      std::vector<AddedToken> raw;
      std::vector<AddedToken> normalized;
      for (const AddedToken& token : tokens) {
        (token.normalized ? normalized : raw).push_back(token);
      }
      TRY_ASSIGN(AddedTokenFinder first, AddedTokenFinder::make(std::move(raw)));
      TRY_ASSIGN(AddedTokenFinder second, AddedTokenFinder::make(std::move(normalized)));
      return AddedTokenFinders{std::move(first), std::move(second)};
    }
  };

  State(std::filesystem::path from, Pipeline whole, Vocabulary parts, AddedTokenFinders finders)
      : folder(std::move(from)),
        pipeline(std::move(whole)),
        vocabulary(std::move(parts)),
        added(std::move(finders)),
        model(vocabulary, pipeline.model) {
    // What the files said is in the vocabulary now.
    pipeline.model.tokens = {};
    pipeline.model.merges = {};
  }

  /// The bytes that tokens stand for, one after another, are the text.
  [[nodiscard]] bool decodes_to_bytes() const {
    return vocabulary.byte_level && (pipeline.decoder.none() || pipeline.decoder.joins_bytes());
  }

  std::filesystem::path folder;
  Pipeline pipeline;
  Vocabulary vocabulary;
  AddedTokenFinders added;
  BpeModel model;
  /// Shared by the calls, as short texts have few words of their own; a thread that finds it in use works
  /// without.
  mutable std::mutex recent_words_mutex;
  mutable RecentWords recent_words;
};

namespace {

/// Pieces to ids.
class Encoding final : public PieceSink {
 public:
  Encoding(const BpeModel& model, RecentWords* words, std::size_t expected_tokens) : model_(model) {
    workspace_.words = words;
    ids.reserve(expected_tokens);
  }
  void take(const Piece& piece) override { model_.encode(piece, workspace_, ids); }

  std::vector<std::int32_t> ids;

 private:
  const BpeModel& model_;
  BpeModel::Workspace workspace_;
};

}  // namespace

Tokenizer::Tokenizer(std::unique_ptr<State> state) : state_(std::move(state)) {}
Tokenizer::Tokenizer(Tokenizer&&) noexcept = default;
Tokenizer& Tokenizer::operator=(Tokenizer&&) noexcept = default;
Tokenizer::~Tokenizer() = default;

Result<Tokenizer> Tokenizer::load(const std::filesystem::path& folder) {
  TRY_ASSIGN(Pipeline pipeline, read_tokenizer_folder(folder));
  TRY_ASSIGN(Vocabulary vocabulary, Vocabulary::build(pipeline.model, pipeline.pre_tokenizer.byte_level()));
  // As tokenizers decodes them.
  PatternScratch scratch;
  for (AddedToken& token : vocabulary.added) {
    if (token.normalized && !pipeline.normalizer.changes_nothing()) {
      token.content = pipeline.normalizer.apply(token.content, scratch);
      vocabulary.symbols[static_cast<std::size_t>(token.id)] = token.content;
    }
  }
  for (const auto* side : {&pipeline.post_processor.before, &pipeline.post_processor.after}) {
    for (const std::int32_t id : *side) {
      if (static_cast<std::size_t>(id) >= vocabulary.symbols.size()) {
        return fail("{}: the post-processor adds the token {}, which is not in the vocabulary",
                    folder.string(), id);
      }
    }
  }
  TRY_ASSIGN(State::AddedTokenFinders added, State::AddedTokenFinders::make(vocabulary.added));
  return Tokenizer(
      std::make_unique<State>(folder, std::move(pipeline), std::move(vocabulary), std::move(added)));
}

std::vector<std::int32_t> Tokenizer::encode(std::string_view text, SpecialTokens special) const {
  std::string replaced;
  if (valid_utf8_prefix(text) < text.size()) {
    replaced = replace_invalid_utf8(text);
    text = replaced;
  }
  const std::unique_lock lock(state_->recent_words_mutex, std::try_to_lock);
  Encoding encoding(state_->model, lock.owns_lock() ? &state_->recent_words : nullptr, text.size() / 4 + 1);
  PatternScratch scratch;
  const bool special_is_text = special == SpecialTokens::as_text;
  const auto& [normalizer, pre_tokenizer, model, post_processor, decoder] = state_->pipeline;
  // Each stretch between added tokens is a text of its own: "\s+(?!\S)" looks at its end.
  const auto encode_normalized = [&](std::string_view part, bool starts_text) {
    state_->added.normalized.for_each_part(
        part, special_is_text, scratch, [&](const AddedTokenFinder::Part& found) {
          if (found.id >= 0) {
            encoding.ids.push_back(found.id);
            return;
          }
          const Piece whole{part, part.size(), starts_text};
          pre_tokenizer.cut(whole.part(found.begin, found.end), scratch, encoding);
        });
  };
  state_->added.raw.for_each_part(text, special_is_text, scratch, [&](const AddedTokenFinder::Part& found) {
    if (found.id >= 0) {
      encoding.ids.push_back(found.id);
      return;
    }
    const std::string_view part = text.substr(found.begin, found.end - found.begin);
    if (normalizer.changes_nothing()) {
      encode_normalized(part, found.begin == 0);
    } else {
      encode_normalized(normalizer.apply(part, scratch), found.begin == 0);
    }
  });
  return std::move(encoding.ids);
}

std::vector<std::int32_t> Tokenizer::encode_for_model(std::string_view text, std::size_t most_tokens) const {
  return state_->pipeline.post_processor.apply(encode(text), most_tokens);
}

Result<std::string> Tokenizer::decode(std::span<const std::int32_t> ids) const {
  const auto& symbols = state_->vocabulary.symbols;
  const bool to_bytes = state_->decodes_to_bytes();
  std::string text;
  std::vector<std::string> tokens;
  for (std::size_t i = 0; i < ids.size(); ++i) {
    const auto id = static_cast<std::size_t>(ids[i]);
    if (!has(ids[i])) {
      return fail("token {} of the sequence has id {}, which is not in the vocabulary of {} ({} ids)", i,
                  ids[i], state_->folder.string(), symbols.size());
    }
    if (to_bytes) {
      text += state_->vocabulary.texts[id] ? *state_->vocabulary.texts[id] : *symbols[id];
    } else {
      tokens.push_back(*symbols[id]);
    }
  }
  return to_bytes ? text : state_->pipeline.decoder.apply(std::move(tokens));
}

bool Tokenizer::has(std::int32_t id) const {
  const auto& symbols = state_->vocabulary.symbols;
  const auto at = static_cast<std::size_t>(id);
  return id >= 0 && at < symbols.size() && symbols[at];
}

std::int32_t Tokenizer::vocabulary_size() const {
  return static_cast<std::int32_t>(state_->vocabulary.symbols.size());
}

std::int32_t Tokenizer::end_of_text() const {
  return state_->vocabulary.end_of_text;
}

Result<void> Tokenizer::check_fits(std::int64_t model_vocabulary_size) const {
  if (vocabulary_size() > model_vocabulary_size) {
    return fail(
        "{}: the tokenizer has ids up to {}, but the model has only {} embeddings: it is another model's "
        "tokenizer",
        state_->folder.string(), vocabulary_size() - 1, model_vocabulary_size);
  }
  return {};
}

const std::filesystem::path& Tokenizer::folder() const {
  return state_->folder;
}

}  // namespace inferscale::tokenizer
