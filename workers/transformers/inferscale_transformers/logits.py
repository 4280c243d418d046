"""Logits of torch."""
from inferscale_worker.backend import Logits


class TorchLogits(Logits):
    """Over a host tensor [batch, positions, vocabulary]."""

    def __init__(self, torch, tensor):
        self.torch, self.tensor, self.shape = torch, tensor, tuple(tensor.shape)

    def argmax_last(self):
        return self.tensor[:, -1].float().argmax(dim=-1).tolist()

    def finite(self):
        return bool(self.torch.isfinite(self.tensor).all())

    def log_probabilities(self, sequences):
        torch, scores = self.torch, []
        for row, tokens in zip(self.tensor, sequences):
            targets = torch.tensor(tokens[1:], dtype=torch.int64).unsqueeze(1)
            scores.append(torch.log_softmax(row[:len(tokens) - 1].float(), dim=-1).gather(1, targets).squeeze(1).tolist())
        return scores

    def top_gaps(self):
        highest = self.tensor[:, -1].float().topk(2, dim=-1).values
        return (highest[:, 0] - highest[:, 1]).tolist()

    def f32_bytes(self):
        return self.tensor.float().contiguous().numpy().tobytes()
