// Flamenco job type for shots that SpaceTimePilot has prepared. Put it into the Manager's `scripts` folder, open the
// prepared .blend and submit it. SPDX-License-Identifier: GPL-3.0-or-later

const JOB_TYPE = {
  label: "SpaceTimePilot Render",
  description: "Make plates again that have come to harm, render, verify",
  settings: [
    { key: "frames", type: "string", required: true,
      eval: "f'{C.scene.frame_start}-{C.scene.frame_end}'",
      evalInfo: { showLinkButton: true, description: "Scene frame range" },
      description: "Frames to render, of those that were prepared. Examples: '47', '1-30', '3, 5-10'" },
    { key: "chunk_size", type: "int32", default: 10, visible: "submission",
      description: "Frames of one task" },
    { key: "output", type: "string", subtype: "dir_path", required: true, visible: "submission",
      eval: "bpy.path.abspath('//frames')",
      description: "Folder of the pictures" },
    { key: "worker_python", type: "string", default: "", visible: "submission",
      description: "Python of SpaceTimePilot's worker; empty to neither make plates again nor verify them" },
    { key: "extension", type: "string", subtype: "dir_path", default: "", visible: "submission",
      description: "Folder in which the extension is installed; needed with the worker's Python" },
    { key: "blendfile", type: "string", required: true, visible: "web",
      description: "The prepared .blend" },
  ],
};

const START_WORKER =
  "import sys, runpy; sys.path.insert(0, sys.argv.pop(1)); runpy.run_module('bake', run_name='__main__', alter_sys=True)";

function compileJob(job) {
  const settings = job.settings;
  const folder = path.dirname(settings.blendfile);
  if (settings.worker_python && !settings.extension) {
    throw "The worker's Python needs the folder in which the extension is installed.";
  }
  for (const chunk of frameChunker(settings.frames, settings.chunk_size)) {
    const render = renderTask(settings, folder, chunk);
    if (settings.worker_python) {
      const evaluate = workerTask(settings, folder, "plates", chunk);
      job.addTask(evaluate);
      render.addDependency(evaluate);
    }
    job.addTask(render);
    if (settings.worker_python) {
      const verify = workerTask(settings, folder, "verify", chunk);
      verify.addDependency(render);
      job.addTask(verify);
    }
  }
}

function renderTask(settings, folder, chunk) {
  const task = author.Task(`render-${chunk}`, "blender");
  task.addCommand(author.Command("blender-render", {
    exe: "{blender}",
    exeArgs: "{blenderArgs}",
    argsBefore: [],
    blendfile: settings.blendfile,
    args: ["--python-exit-code", "1", "--python", path.join(folder, "render_frames.py"),
           "--", "--frames", chunk, "--output", settings.output],
  }));
  return task;
}

function workerTask(settings, folder, act, chunk) {
  const task = author.Task(`${act}-${chunk}`, "misc");
  task.addCommand(author.Command("exec", {
    exe: settings.worker_python,
    args: ["-c", START_WORKER, settings.extension, act, folder, "--frames", chunk],
  }));
  return task;
}
