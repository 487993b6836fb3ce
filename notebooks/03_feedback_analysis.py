# %% [markdown] tags=["zh"]
# # 03 反馈分析
#
# **本章回答：客户有多满意？谁更不满意？最近有变化吗？他们在评论里说了什么？**

# %% [markdown] tags=["en"]
# # 03 Feedback analysis
#
# **This chapter answers: how satisfied are customers, who is less so, has it changed, and what do they write?**

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
# ## 核心指标
#
# 净推荐值（NPS）：“您有多大可能向朋友推荐”打 9–10 分者占比减去 0–6 分者占比。满意度（CSAT）：打高分者占比。客户费力度（CES）：办成一件事有多费力。每个数字都带 95% 区间和样本量。

# %% [markdown] tags=["en"]
# ## Headline figures
#
# Net promoter score (NPS): the share who answer 9–10 to “how likely are you to recommend us” minus the share who answer 0–6. Customer satisfaction (CSAT): the share of high scores. Customer effort score (CES): how much effort it took. Each figure comes with its 95% interval and n.

# %%
kpis = kt.headline_kpis(client.feedback, scales=client.scales)
kt.plot_kpis(kpis, scales=client.scales)
kt.say(kt.kpi_findings(kpis))
kt.show(kpis, "kpis")

# %% [markdown] tags=["zh"]
# ## 谁回答了，谁没有
#
# 没有回答的人可能与回答的人不同。空白、未使用与不清楚是三回事，分开统计，均不计入得分。

# %% [markdown] tags=["en"]
# ## Who answered, and who didn't?
#
# Those who don't answer may differ from those who do. Blank, not used and don't know are three different things; they are counted apart and never as scores.

# %%
status = kt.answer_status(kt.at_touchpoints(client.feedback))
kt.show(status, "answer_status", columns=["touchpoint_id", "asked", "answer_rate", "not_used"])

# %% [markdown] tags=["zh"]
# ## 哪些客户群更不满意

# %% [markdown] tags=["en"]
# ## Which segments are less satisfied?

# %%
scale = client.scale("csat")
whole = kt.overall(client.feedback)
segments = kt.scores(kt.with_segment(whole, client), by=["segment"], scale=scale, min_n=min_n)
kt.plot_scores(segments, by="segment", scale=scale)
kt.say(kt.group_findings(segments, "segment"))
kt.show(segments, "segments", columns=["segment", "score", "low_rate", "top_rate", "n"], twin=True)

# %% [markdown] tags=["zh"]
# ## 哪个渠道更不满意

# %% [markdown] tags=["en"]
# ## Which channels score lower?

# %%
channels = kt.scores(kt.with_channel(whole, client), by=["channel"], scale=scale, min_n=min_n)
kt.plot_scores(channels, by="channel", scale=scale)
kt.say(kt.group_findings(channels, "channel"))
kt.show(channels, "channels", columns=["channel", "score", "low_rate", "top_rate", "n"], twin=True)

# %% [markdown] tags=["zh"]
# ## 最近有变化吗
#
# 阴影是 95% 区间。区间里的起伏可能只是偶然，不必为它开会。

# %% [markdown] tags=["en"]
# ## Has it changed?
#
# The band is the 95% interval. Ups and downs within it may be chance: no meeting is needed for them.

# %%
trend = kt.score_trend(client.feedback, scale=scale, min_n=min_n)
kt.plot_trend(trend, scale=scale)
kt.say(kt.trend_findings(trend))
kt.show(trend, "trend", columns=["period", "score", "low_rate", "top_rate", "n"], twin=True)

# %% [markdown] tags=["zh"]
# ## 他们写了什么
#
# 这里用的是简单而透明的办法：评论出现接触点的识别词，就算提到它；情绪取自评论自带的标签或同一位客户的评分。一条评论可以提到多个接触点，情绪却只有一个，所以请把它当作线索，不要当作结论。

# %% [markdown] tags=["en"]
# ## What do they write?
#
# The means here are plain and open: a comment names a touchpoint where it holds one of its terms, and its tone is its own label or the same customer's score. A comment may name several touchpoints but has one tone, so take this as a lead and not as proof.

# %%
volume = kt.comment_volume(client.feedback)
mentions = kt.mentions(client.feedback, terms=client.terms)
kt.show(volume, "comments", columns=["script", "comments", "length_p50", "negative_rate", "n"])
kt.plot_mentions(mentions)
kt.say(kt.mention_findings(mentions))
kt.show(
    mentions, "mentions", columns=["touchpoint_id", "mentions", "mention_rate", "negative_rate"]
)

# %% [markdown] tags=["zh"]
# ## 客户原话
#
# 姓名、电话、邮箱、证件与订单号等已经脱敏。

# %% [markdown] tags=["en"]
# ## In customers' own words
#
# Phone numbers, e-mail addresses, identity and order numbers are masked.

# %%
quotes = kt.quotes(client.feedback, terms=client.terms)
kt.show(quotes, "quotes", columns=["touchpoint_id", "quote"])

# %% [markdown] tags=["zh"]
# ## 小结
#
# 下一章把这些发现变成行动：先改什么，谁来改，怎么知道有效。

# %% [markdown] tags=["en"]
# ## In short
#
# The next chapter turns these findings into action: what to improve first, who does it, and how we will know.

# %%
kt.recap()
