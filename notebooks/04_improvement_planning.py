# %% [markdown] tags=["zh"]
# # 04 改进计划
#
# **本章回答：客户痛在哪里，证据是什么？先改哪个接触点？谁负责，花多少，期望什么效果，怎么知道有效？**

# %% [markdown] tags=["en"]
# # 04 Improvement planning
#
# **This chapter answers: where does it hurt, on what evidence; which touchpoint comes first; who acts, at what cost, with which expected effect; and how will we know?**

# %% tags=["parameters"]
client: str = "../../datasets/hotel"  # 客户文件夹 / client folder
language: str = "zh"  # 报告语言 zh 或 en / report language
segment: str = ""  # 只看一个客户群，留空为全部 / one customer segment, empty for all
start: str = ""  # 起始日期，如 2025-01-01 / first day
end: str = ""  # 截止日期 / last day
min_n: int = 30  # 少于此样本量不作判断 / smaller groups are not judged

# %%
import keytouch as kt

kt.use(language)
client = kt.open_client(client, segment=segment, start=start, end=end)
kt.introduce(client)

# %% [markdown] tags=["zh"]
# ## 痛点与证据
#
# 四类证据：低分、未兑现承诺、办理失败、负面评论。问题率显著高于基准的才算痛点，并编号备查。

# %% [markdown] tags=["en"]
# ## Pain points and their evidence
#
# Four kinds of evidence: low scores, broken promises, failures, negative comments. A rate that is surely above its baseline is a pain point, and carries a number to refer to.

# %%
pains = kt.find_pains(client, min_n=min_n)
kt.plot_pain_points(pains)
kt.say(kt.pain_findings(pains))
kt.show(
    pains,
    "pain_points",
    columns=["evidence_id", "touchpoint_id", "evidence", "rate", "baseline", "n"],
)

# %% [markdown] tags=["zh"]
# ## 先改哪一个
#
# 潜在提升 = 独立影响（其他接触点不变时的斜率）× 提升空间 × 触达率。它说明先试哪一个，不是对效果的承诺；若两个接触点难分先后，我们会直说“尚不能判定”。

# %% [markdown] tags=["en"]
# ## Which one first?
#
# Possible gain = effect (the slope with the other touchpoints held fixed) × room to improve × reach. It says what to try first and promises nothing; where two touchpoints are too close, the text says “undecided”.

# %%
scale = client.scale("csat")
scores = kt.scores(client.feedback, scale=scale, min_n=min_n)
importance = kt.importance(client.feedback, min_n=min_n)
priorities = kt.priorities(
    scores, importance, kt.reach(client.interactions), scale=scale, min_n=min_n
)
kt.plot_priorities(priorities)

# %%
kt.say(kt.priority_findings(priorities))
kt.show(
    priorities,
    "priorities",
    columns=["touchpoint_id", "gain_points", "p_top", "score", "reach_share", "n"],
)

# %% [markdown] tags=["zh"]
# ## 改进清单
#
# 先列客户已有的措施；排在前三却还没有措施的接触点，由本工作簿提出建议，成本待责任人估算。

# %% [markdown] tags=["en"]
# ## The action list
#
# The client's own actions come first; a touchpoint among the first three without an action gets a proposal, whose cost its owner is to estimate.

# %%
inventory = kt.inventory(
    client.touchpoints, client.interactions, client.feedback, stages=client.stages
)
actions = kt.action_list(client.actions, priorities, pains, inventory)
kt.plot_actions(actions)
kt.show_actions(actions)

# %% [markdown] tags=["zh"]
# ## 第一步、代价与验证

# %% [markdown] tags=["en"]
# ## The first step, its cost, and how we will know

# %%
kt.plan_headlines(actions, priorities)

# %% [markdown] tags=["zh"]
# ## 小结
#
# 改进之后请带着新数据重跑本工作簿，用同一把尺子比较前后。

# %% [markdown] tags=["en"]
# ## In short
#
# After the change, run this workbook again on new data and compare before and after by the same measure.

# %%
kt.recap()
