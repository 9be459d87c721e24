"""DEFECTS: where the code that the articles print cannot run, or does not do what its text says.

PyTorch pieces were executed, in a small form (the tests do it again); TensorFlow is no part of the
lab, so its pieces were read, not run. Arithmetic about them was computed.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

How = Literal["executed", "read, not run", "computed"]


@dataclass(frozen=True)
class Defect:
    """One place: the ``code`` as it stands there, what ``happens``, ``why``, and how that is
    known. ``stops`` says whether it ends the program."""

    article: str
    code: str
    happens: str
    why: str
    how: How
    stops: bool = False


DEFECTS: tuple[Defect, ...] = (
    Defect(
        "000",
        "teacher_logits = teacher_model.predict(x)",
        "A NameError, as soon as the loss is called.",
        "Keras gives a loss the labels and the predictions, never the inputs: there is no x.",
        "read, not run",
        stops=True,
    ),
    Defect(
        "000",
        "ResNet50(weights='imagenet') … Dense(10, activation='softmax')",
        "The two losses compare 1,000 probabilities with 10.",
        "The teacher knows the classes of ImageNet and the student ten others.",
        "read, not run",
        stops=True,
    ),
    Defect(
        "000",
        "tf.nn.softmax(teacher_logits / temperature)",
        "The softmax is applied twice: at T = 5 the surest answer becomes 0.12 % beside 0.10 % for "
        "each of the other 999 classes.",
        "ResNet50 puts out probabilities unless it is told not to.",
        "computed",
    ),
    Defect(
        "000",
        "categorical_crossentropy(soft_targets, y_pred)",
        "Teacher at T = 5, student at T = 1, no factor T²: the student learns to be as unsure as a "
        "softened teacher.",
        "T belongs to both sides, and T² brings the gradient back to the size of the labels'.",
        "read, not run",
    ),
    Defect(
        "001",
        "tf.keras.models.load_weights('teacher_weights.h5')",
        "An AttributeError in the first line that does something.",
        "load_weights belongs to a model; the module has load_model.",
        "read, not run",
        stops=True,
    ),
    Defect(
        "001",
        "distillation_model.set_weights(teacher_weights)",
        "Works only because the smaller model is as large as the large one.",
        "Both are made by the same lines, with the same hidden_units; another shape is refused.",
        "read, not run",
    ),
    Defect(
        "001",
        "distillation_model.fit(train_data, train_labels, …)",
        "Plain training on labels: no teacher is in any loss.",
        "The teacher's outputs are never computed; define_student_model is never called.",
        "read, not run",
    ),
    Defect(
        "001",
        "distillation_model.fit(val_data, val_labels, …)",
        "The validation images are trained on, and nothing is left to judge by.",
        "Fine-tuning on validation data turns it into training data.",
        "read, not run",
    ),
    Defect(
        "002",
        "output = hot_model(data)",
        "The cold model is never called: after any number of steps its weights are its first ones.",
        "Its parameters are in the optimiser, but without a gradient they stay. No loss joins the "
        "two models, and T is nowhere.",
        "executed",
    ),
    Defect(
        "002",
        "self.fc1 = nn.Linear(64 * 64 * 64, 10)",
        "A RuntimeError for images of any other size than 64x64.",
        "Nothing is pooled, so the layer's 262,144 inputs are 64 channels of 64x64 pixels.",
        "executed",
        stops=True,
    ),
    Defect(
        "002",
        "x = self.conv1(x); x = self.conv2(x)",
        "Two convolutions that together are one linear map.",
        "There is no activation between them: what they add up to is affine.",
        "executed",
    ),
    Defect(
        "002",
        "class ColdModel(nn.Module): …",
        "The cold, smaller model has as many parameters as the hot one.",
        "The two classes are the same, line by line.",
        "executed",
    ),
    Defect(
        "002",
        "f(T) = y_h(T) - y_c(T),  g(T) = y_h(T) - y_c(T)",
        "The function of compression and the function of kept performance are the same.",
        "One difference of outputs cannot measure two things, and measures no compression.",
        "read, not run",
    ),
    Defect(
        "003",
        "x = F.relu(self.conv1(x))",
        "A NameError in the first forward pass.",
        "torch.nn.functional is never imported as F.",
        "executed",
        stops=True,
    ),
    Defect(
        "003",
        "x = F.avgpool2d(x, 2)",
        "An AttributeError, once F is there.",
        "The function is called avg_pool2d.",
        "executed",
        stops=True,
    ),
    Defect(
        "003",
        "large_model(low_res_inputs) … small_model(low_res_inputs)",
        "One of the two raises a RuntimeError, whatever the size of the images.",
        "fc1 of the large model fits images of 32x32, that of the small one 16x16. (low_res_inputs "
        "is not defined, either.)",
        "executed",
        stops=True,
    ),
    Defect(
        "003",
        "loss = criterion(small_outputs, large_outputs)",
        "A cross-entropy with raw logits as targets: it can fall without end.",
        "PyTorch takes float targets for probabilities and does not check that they are.",
        "executed",
    ),
    Defect(
        "003",
        "outputs = large_model(inputs); loss = criterion(outputs, labels)",
        "The large model is never trained: it teaches with its first weights.",
        "There is no backward() for its loss, and the optimiser holds the small model only, which "
        "makes one step an epoch.",
        "executed",
    ),
    Defect(
        "003",
        "∇L = y_large − y_small,  θ = θ − α ∇L",
        "A step along it moves away from the large model.",
        "The derivative of ½‖y_large − y_small‖² by y_small is y_small − y_large, and the one by θ "
        "needs the chain rule.",
        "computed",
    ),
)
