"""One step of the method of conjugate gradients."""

from torch import Tensor, nn


class ConjugateStep(nn.Module):
    """Moves the solution of ``A x = b`` along a direction, for a positive semidefinite A.

    Every item of the batch has its own step length. Where nothing is left to do, as on silence,
    the step is 0.

    Shape:
        - Input: ``solution``, ``residual`` b - A x, ``direction`` and its ``image`` under A, all
          ``(batch, 1, samples)``.
        - Output: the next solution, residual and direction.

    Reference:
        M. Hestenes and E. Stiefel, "Methods of conjugate gradients for solving linear systems",
        J. Res. Natl. Bur. Stand. 49(6), 1952.
    """

    def __init__(self) -> None:
        super().__init__()
        self.tiny = 2.0**-126  # smallest normal float32

    def forward(
        self, solution: Tensor, residual: Tensor, direction: Tensor, image: Tensor
    ) -> tuple[Tensor, Tensor, Tensor]:
        size = (residual * residual).sum(dim=2, keepdim=True)
        curvature = (direction * image).sum(dim=2, keepdim=True)
        length = size / curvature.clamp(min=self.tiny)
        solution = solution + length * direction
        residual = residual - length * image
        after = (residual * residual).sum(dim=2, keepdim=True)
        direction = residual + after / size.clamp(min=self.tiny) * direction
        return solution, residual, direction
