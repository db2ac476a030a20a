"""Files and folders that are no model, and models that cannot be run, as the window says it."""

from __future__ import annotations

from PySide6.QtCore import QT_TRANSLATE_NOOP

SENTENCES: tuple[str, ...] = (
    # A file or folder that is no usable model.
    QT_TRANSLATE_NOOP("Said", "{path} cannot be read ({reason})."),
    QT_TRANSLATE_NOOP("Said", "{path} cannot be read."),
    QT_TRANSLATE_NOOP("Said", "{folder} holds GGUF files."),
    QT_TRANSLATE_NOOP("Said", "Check that you may read the file."),
    QT_TRANSLATE_NOOP("Said", "Check that you may read the folder."),
    QT_TRANSLATE_NOOP("Said", "Check that the file is still there and that you may read it."),
    QT_TRANSLATE_NOOP("Said", "Check the path and its permissions."),
    QT_TRANSLATE_NOOP("Said", "{name} is no model file HPipe can open."),
    QT_TRANSLATE_NOOP(
        "Said",
        "Choose a .gguf file, or the folder that holds config.json and *.safetensors.",
    ),
    QT_TRANSLATE_NOOP("Said", "{name} is no whole GGUF file."),
    QT_TRANSLATE_NOOP("Said", "It may be damaged or half downloaded: fetch it again."),
    QT_TRANSLATE_NOOP("Said", "{name} is no safetensors file."),
    QT_TRANSLATE_NOOP("Said", "{name} cannot be read as a safetensors file ({reason})."),
    QT_TRANSLATE_NOOP("Said", "{name} has a broken header."),
    QT_TRANSLATE_NOOP("Said", "{path} describes {name} wrongly."),
    QT_TRANSLATE_NOOP("Said", "{path} is cut short: {n} bytes, {name} ends at {end}."),
    QT_TRANSLATE_NOOP("Said", "{path} became shorter while it was read."),
    QT_TRANSLATE_NOOP("Said", "The model holds tensors of the unknown type {kind}."),
    QT_TRANSLATE_NOOP("Said", "{folder} is no model folder: it has no config.json."),
    QT_TRANSLATE_NOOP(
        "Said",
        "Choose a folder in the Hugging Face format, with config.json, tokenizer.json and "
        "*.safetensors files.",
    ),
    QT_TRANSLATE_NOOP("Said", "{folder} is a file, not a model folder."),
    QT_TRANSLATE_NOOP("Said", "Choose the folder that contains it."),
    QT_TRANSLATE_NOOP("Said", "{folder} holds an adapter (LoRA), not a whole model."),
    QT_TRANSLATE_NOOP(
        "Said",
        "Merge it into its base model first (merge_and_unload in peft), then add the result.",
    ),
    QT_TRANSLATE_NOOP(
        "Said",
        "{folder} holds only an adapter (LoRA), not the model it belongs to.",
    ),
    QT_TRANSLATE_NOOP("Said", "Merge it into its base model first, then add the result."),
    QT_TRANSLATE_NOOP("Said", "Choose the .gguf file itself; it is converted once."),
    QT_TRANSLATE_NOOP("Said", "{name} in {folder} is not valid JSON."),
    QT_TRANSLATE_NOOP("Said", "{name} in {folder} cannot be read."),
    QT_TRANSLATE_NOOP("Said", "{folder} has a config.json but no weights (*.safetensors)."),
    QT_TRANSLATE_NOOP(
        "Said",
        "The download may be unfinished: fetch the model's safetensors files.",
    ),
    QT_TRANSLATE_NOOP("Said", "{name} points outside its folder."),
    QT_TRANSLATE_NOOP("Said", "Fetch the model from a source you trust."),
    QT_TRANSLATE_NOOP(
        "Said",
        "{folder} holds several safetensors files and no {name} that says which belong together.",
    ),
    QT_TRANSLATE_NOOP("Said", "Fetch the model's index file too, or keep one model in the folder."),
    QT_TRANSLATE_NOOP(
        "Said",
        "{n} of the model's {total} weight files are missing in {folder}: {names}.",
    ),
    QT_TRANSLATE_NOOP(
        "Said",
        "{n} of the model's {total} weight files are missing in {folder}: {names} and more.",
    ),
    QT_TRANSLATE_NOOP("Said", "Fetch the missing files, then add the folder again."),
    QT_TRANSLATE_NOOP(
        "Said",
        "{folder} holds its weights in pickle form (.bin, .pt), which can run any program when "
        "it is opened, so HPipe does not open it.",
    ),
    QT_TRANSLATE_NOOP(
        "Said",
        "Look for a safetensors version of the model, or convert it on a machine you trust: "
        "load it with transformers and call save_pretrained(folder, safe_serialization=True).",
    ),
    QT_TRANSLATE_NOOP("Said", "Fetch the model's files again."),
    QT_TRANSLATE_NOOP("Said", "Fetch the model again from its source."),
    QT_TRANSLATE_NOOP("Said", "Some files of the model may be missing: fetch it again."),
    # A model that HPipe cannot run.
    QT_TRANSLATE_NOOP("Said", "Models of the type {kind} are not known to this version of HPipe."),
    QT_TRANSLATE_NOOP(
        "Said",
        "HPipe runs the decoder models of the transformers library, without code of their own.",
    ),
    QT_TRANSLATE_NOOP("Said", "A model of {n} layers cannot be run."),
    QT_TRANSLATE_NOOP(
        "Said",
        "The model's weights are packed ({kind}), which HPipe does not read.",
    ),
    QT_TRANSLATE_NOOP(
        "Said",
        "Choose the 16-bit version of the model; HPipe packs the weights itself.",
    ),
    QT_TRANSLATE_NOOP(
        "Said",
        "The model's weights are quantised ({kind}), which HPipe does not read.",
    ),
    QT_TRANSLATE_NOOP("Said", "Choose the model's 16-bit version, or a GGUF file of it."),
    QT_TRANSLATE_NOOP("Said", "{kind} models do not continue a text."),
    QT_TRANSLATE_NOOP(
        "Said",
        "Choose a decoder language model (Llama, Qwen, Mistral, Gemma and the like).",
    ),
    QT_TRANSLATE_NOOP(
        "Said",
        "HPipe runs decoder language models (Llama, Qwen, Mistral, Gemma and the like).",
    ),
    QT_TRANSLATE_NOOP(
        "Said",
        "HPipe runs language models in the Hugging Face format; this looks like another kind.",
    ),
    QT_TRANSLATE_NOOP("Said", "The model's configuration is not a valid {kind} one ({what})."),
    QT_TRANSLATE_NOOP("Said", "The model's config.json names no architecture."),
    QT_TRANSLATE_NOOP(
        "Said",
        "Use a model folder in the Hugging Face format, with architectures or model_type set.",
    ),
    QT_TRANSLATE_NOOP("Said", "The model's config.json does not say its {subject}."),
    QT_TRANSLATE_NOOP("Said", "number of layers"),
    QT_TRANSLATE_NOOP("Said", "hidden size"),
    QT_TRANSLATE_NOOP("Said", "vocabulary size"),
    QT_TRANSLATE_NOOP("Said", "{name} has no numbered layers."),
    QT_TRANSLATE_NOOP("Said", "{name} lacks {n} tensors, first {tensor}."),
    QT_TRANSLATE_NOOP("Said", "The weights of {name} do not fit its configuration ({what})."),
    QT_TRANSLATE_NOOP("Said", "The model has no token embedding that HPipe can recognise."),
    QT_TRANSLATE_NOOP("Said", "It is incomplete, or no language model."),
    QT_TRANSLATE_NOOP("Said", "The model has no numbered decoder layers."),
    QT_TRANSLATE_NOOP("Said", "The weights lack {n} of {total} layers, first layer {number}."),
    QT_TRANSLATE_NOOP("Said", "The model lacks its output projection (lm_head)."),
    QT_TRANSLATE_NOOP("Said", "A shard may be missing: fetch the whole model again."),
    QT_TRANSLATE_NOOP("Said", "The model's chat template cannot be used ({what})."),
    QT_TRANSLATE_NOOP("Said", "Fetch the model again, or choose another version of it."),
    QT_TRANSLATE_NOOP("Said", "{folder} has no tokenizer.json."),
    QT_TRANSLATE_NOOP("Said", "Add the model again, with its tokenizer."),
    QT_TRANSLATE_NOOP("Said", "The tokenizer {path} cannot be read ({what})."),
    QT_TRANSLATE_NOOP("Said", "The tokenizer in {path} cannot be read ({what})."),
    QT_TRANSLATE_NOOP("Said", "The file may be damaged: fetch the model again."),
    QT_TRANSLATE_NOOP(
        "Said",
        "{folder} has no tokenizer, without which no text can be given to the model.",
    ),
    QT_TRANSLATE_NOOP("Said", "Fetch its tokenizer.json too, then add the folder again."),
    QT_TRANSLATE_NOOP("Said", "Fetch the model's tokenizer.json too, or choose another model."),
    # A model that could not be converted.
    QT_TRANSLATE_NOOP("Said", "The conversion ended before it was done (code {code})."),
    QT_TRANSLATE_NOOP(
        "Said",
        "The machine may lack memory for it; close other programs and try again.",
    ),
    QT_TRANSLATE_NOOP("Said", "The conversion could not be started."),
    QT_TRANSLATE_NOOP("Said", "The conversion said something that makes no sense."),
    QT_TRANSLATE_NOOP("Said", "{name} holds a model that cannot be converted ({what})."),
    QT_TRANSLATE_NOOP("Said", "The model stretches its positions in a way that is not known here."),
    QT_TRANSLATE_NOOP(
        "Said",
        "Choose the model's safetensors version in the Hugging Face format instead.",
    ),
    QT_TRANSLATE_NOOP("Said", "The file lacks {n} tensors, first {tensor}."),
    QT_TRANSLATE_NOOP("Said", "The file's {name} is {shape}, {other} was expected."),
    QT_TRANSLATE_NOOP("Said", "The tokenizer in {name} cannot be converted ({what})."),
)
