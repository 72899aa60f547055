import type { Words } from "..";

export const training: Words["training"] = {
  title: "训练记录",
  hint: "写入服务器文件夹下 `runs` 目录的训练。",
  none: "还没有训练记录。在训练配置中把 `out` 指向 `runs` 里的文件夹，训练就会显示在这里。",
  all: "全部训练记录",
  kinds: { reranker: "重排模型", encoder: "向量模型", reader: "阅读模型" },
  states: { done: "已完成", unfinished: "未完成", unreadable: "无法读取" },
  step: (step) => `第 ${step} 步`,
  started: (moment) => `开始于 ${moment}`,
  changed: (moment) => `最近记录 ${moment}`,
  noCurves: "还没有任何记录。",
  reading: (step, values) => `第 ${step} 步：${values}`,
  comma: "，",
  curveOf: (name) => `${name} 的曲线，可用方向键逐点读数`,
  itself: "整个训练",
  table: "以表格显示",
  thinned: (shown, all) => `均匀取 ${all} 步中的 ${shown} 步`,
  stepColumn: "步数",
  record: "训练信息",
  noRecord: "训练完成后写入。",
};
