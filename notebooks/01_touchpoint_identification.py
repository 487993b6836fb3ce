# %% [markdown] tags=["zh"]
# # 01 接触点识别
#
# **本章回答：客户在哪些地方接触我们？清单有没有遗漏？哪些接触点重要却薄弱？**

# %% [markdown] tags=["en"]
# # 01 Touchpoint identification
#
# **This chapter answers: where do customers meet us, is the inventory complete, and which touchpoints are important but weak?**

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
# ## 清单与数据对得上吗
#
# 接触点是客户与企业接触的每一个环节。先把清单里的接触点与数据中真实出现的逐一核对：清单有而数据无，可能已停用，也可能没有采集；数据有而清单无，就是遗漏。

# %% [markdown] tags=["en"]
# ## Does the inventory match the data?
#
# A touchpoint is any point at which a customer meets the company. First compare the inventory with what the data really show: a touchpoint listed but never seen may be out of use or not recorded; one seen but not listed was forgotten.

# %%
mentions = kt.mentions(client.feedback, terms=client.terms)
inventory = kt.inventory(
    client.touchpoints,
    client.interactions,
    client.feedback,
    stages=client.stages,
    mentions=mentions,
)
kt.show(inventory, "inventory", top=40)
kt.say(kt.inventory_findings(inventory))

# %% [markdown] tags=["zh"]
# ## 哪些格子是空的
#
# 每个阶段都可能有前台与后台、数字与实体四类接触点。空格不一定是问题，但每一格都值得问一句：真的没有，还是没想到？

# %% [markdown] tags=["en"]
# ## Which cells are empty?
#
# Every stage may have frontstage and backstage, digital and physical touchpoints. An empty cell is not always a fault, but each deserves the question: is there none, or did nobody think of it?

# %%
coverage = kt.coverage(client.touchpoints, stages=client.stages)
kt.plot_coverage(coverage)
kt.say(kt.coverage_findings(coverage))
kt.show(coverage, "coverage", top=40, twin=True)

# %% [markdown] tags=["zh"]
# ## 多少客户会经过
#
# 触达率是经过某接触点的旅程占全部旅程的比例。触达广的接触点，改进一处，受益的人最多。

# %% [markdown] tags=["en"]
# ## How many customers pass each one?
#
# Reach is the share of journeys that pass a touchpoint. The wider the reach, the more customers gain from one improvement.

# %%
reach = kt.reach(client.interactions)
kt.plot_reach(reach)
kt.say(kt.reach_findings(reach))
kt.show(reach, "reach", top=40, twin=True)

# %% [markdown] tags=["zh"]
# ## 客户打了多少分
#
# 每个得分都带区间：区间重叠的两个接触点，不能说谁高谁低。

# %% [markdown] tags=["en"]
# ## What do customers score?
#
# Every score comes with its interval: where two intervals overlap widely, nobody can say which touchpoint is better.

# %%
scale = client.scale("csat")
scores = kt.scores(client.feedback, scale=scale, min_n=min_n)
kt.plot_scores(scores, scale=scale)
kt.say(kt.score_findings(scores))
kt.show(
    scores, "scores", columns=["touchpoint_id", "score", "low_rate", "top_rate", "n"], twin=True
)

# %% [markdown] tags=["zh"]
# ## 哪些接触点影响总体满意度
#
# 独立影响：其他接触点得分不变时，本接触点的得分还能带动总体满意度多少。为什么不直接看相关系数：客户心情好时处处打高分，没有实际影响的接触点也会显得重要；把其他接触点固定下来，这种“光环”就大大减弱。两者并列，差距大的就是光环。何时仍不要相信：它不能证明因果；没有问到的接触点，影响会算到别人头上。

# %% [markdown] tags=["en"]
# ## What moves overall satisfaction?
#
# A touchpoint's own effect: how much the overall score still moves with it while the others stay as they are. Why not simply the correlation: customers in a good mood score everything high, so a touchpoint without any effect looks important; holding the others fixed removes most of this halo. Both are shown, and a large gap between them is halo. When still not to trust it: it does not prove a cause, and the effect of a touchpoint nobody asked about is credited to others.

# %%
importance = kt.importance(client.feedback, min_n=min_n)
kt.plot_importance(importance)
kt.say(kt.driver_findings(importance))
kt.show(
    importance,
    "importance",
    columns=["touchpoint_id", "importance", "correlation", "p_top", "n"],
    twin=True,
)

# %% [markdown] tags=["zh"]
# ## 哪些重要却薄弱
#
# 横轴是得分，纵轴是独立影响。左上角“重点改进”是重要却薄弱的接触点。落在十字线附近的点，换一批客户可能就换了象限，所以每个象限都附概率。

# %% [markdown] tags=["en"]
# ## Which are important but weak?
#
# Across: the score. Up: the touchpoint's own effect. The upper left corner, “concentrate here”, holds the touchpoints that are important but weak. A point near the crosshair may change its quadrant with the next sample, which is why each quadrant comes with a probability.

# %%
matrix = kt.importance_performance(scores, importance)
kt.plot_importance_performance(matrix, scale=scale)
kt.say(kt.importance_findings(matrix))
kt.show(
    matrix,
    "importance_performance",
    columns=["touchpoint_id", "importance", "score", "quadrant", "probability", "n"],
    twin=True,
)

# %% [markdown] tags=["zh"]
# ## 小结
#
# 下一章把这些接触点放进客户的旅程：先后顺序、在哪里停下、承诺有没有兑现。

# %% [markdown] tags=["en"]
# ## In short
#
# The next chapter puts these touchpoints into the customer's journey: in which order, where it stops, and which promises were kept.

# %%
kt.recap()
