# %% [markdown] tags=["zh"]
# # 02 旅程地图
#
# **本章回答：客户怎么一步步走过来？在哪里停下？我们承诺的时间兑现了吗？体验在哪里起落？**

# %% [markdown] tags=["en"]
# # 02 Journey mapping
#
# **This chapter answers: how do customers come through, where do they stop, do we keep our promises in time, and where does the experience rise and fall?**

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
# ## 旅程概览
#
# 一段旅程是同一位客户为同一件事与我们的一连串互动，例如一次订单、一次航班、一次入住。

# %% [markdown] tags=["en"]
# ## Journeys at a glance
#
# A journey is the chain of one customer's contacts about one matter: an order, a flight, a stay.

# %%
summary = kt.journey_summary(client.interactions)
kt.show(summary, "journey_summary")

# %% [markdown] tags=["zh"]
# ## 走到哪一步
#
# “到达”指走到这一阶段或更远；“止步”指到此为止。最后一个阶段的止步就是走完。

# %% [markdown] tags=["en"]
# ## How far do they get?
#
# “Reached” means that a journey came to this stage or further; “stopped” means that it went no further. At the last stage stopping is arriving.

# %%
funnel = kt.stage_funnel(client.interactions, client.touchpoints, stages=client.stages)
kt.plot_funnel(funnel)
kt.say(kt.funnel_findings(funnel))
kt.show(
    funnel,
    "funnel",
    columns=["stage_id", "touched", "reached", "reach_rate", "stop_rate"],
    twin=True,
)

# %% [markdown] tags=["zh"]
# ## 结果如何
#
# 每段旅程最后怎样收场，从哪个渠道进来的更容易转化。

# %% [markdown] tags=["en"]
# ## How do they end?
#
# How journeys end, and which entry channel converts more of them.

# %%
outcomes = kt.outcomes(client.journeys)
kt.plot_outcomes(outcomes)
kt.say(kt.outcome_findings(outcomes))
kt.show(outcomes, "outcomes", twin=True)

# %%
conversion = kt.conversion(client.journeys, min_n=min_n)
kt.plot_conversion(conversion)
kt.say(kt.conversion_findings(conversion))
kt.show(conversion, "conversion", twin=True)

# %% [markdown] tags=["zh"]
# ## 下一步去哪里
#
# 从一个接触点到下一个接触点的去向与间隔时间。原地重复往往意味着一次没办成。

# %% [markdown] tags=["en"]
# ## Where do they go next?
#
# From each touchpoint to the next, and the time between. A step back to the same touchpoint often means that the first try failed.

# %%
transitions = kt.transitions(client.interactions)
kt.plot_transitions(transitions)
kt.say(kt.transition_findings(transitions, min_n=min_n))
kt.show(transitions, "transitions", twin=True)

# %% [markdown] tags=["zh"]
# ## 承诺与实际
#
# 凡是给出过承诺时间的接触点，都与实际时间逐一比较。

# %% [markdown] tags=["en"]
# ## Promised against actual
#
# Wherever a time was promised, it is compared with the actual one.

# %%
delays = kt.delays(client.interactions, late_minutes=client.settings.thresholds.late_minutes)
kt.plot_delays(delays)
kt.say(kt.delay_findings(delays, min_n=min_n))
kt.show(delays, "delays", twin=True)

# %% [markdown] tags=["zh"]
# 晚多久客户就不再原谅？下图按逾期程度比较总体得分。

# %% [markdown] tags=["en"]
# How late is too late? The overall score by how late the promise was kept:

# %%
late = kt.latest(delays)
bands = kt.score_by_lateness(client.interactions, client.feedback, touchpoint=late)
kt.plot_score_by_lateness(bands, touchpoint=late, scale=client.scale("csat"))
kt.say(kt.lateness_findings(bands, late))
kt.show(bands, "score_by_lateness", twin=True)

# %% [markdown] tags=["zh"]
# ## 等待与失败

# %% [markdown] tags=["en"]
# ## Waits and failures

# %%
service = kt.service(client.interactions)
kt.show(service, "service", top=20)

# %% [markdown] tags=["zh"]
# ## 旅程地图
#
# 一页看全：阶段、客户原话、接触点、情感曲线、可视线之下的后台、承诺、痛点与证据等级。斜线处没有数据支撑，只是假设。

# %% [markdown] tags=["en"]
# ## The journey map
#
# All on one page: stages, customers' words, touchpoints, the affect curve, the backstage below the line of visibility, promises, pain points, and how well each cell is founded. Hatched cells rest on no data.

# %%
journey = kt.map_journey(client, delays=delays, service=service, funnel=funnel, min_n=min_n)
kt.plot_journey_map(journey, scale=client.scale("csat"))
kt.show_map(journey)

# %% [markdown] tags=["zh"]
# ## 小结
#
# 下一章听客户怎么说：打了多少分，写了什么。

# %% [markdown] tags=["en"]
# ## In short
#
# The next chapter listens to customers: what they score, and what they write.

# %%
kt.recap()
